import type { Logger } from '@ledgerbus/core'

/** One call of a logger. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly facts: Readonly<Record<string, unknown>>
  readonly text: string
}

/** A logger that keeps what it was told. */
export interface RecordingLogger extends Logger {
  /** Every line so far, in order. */
  readonly lines: readonly LogLine[]
  /** The texts of one level, in order: `expect(logger.texts('warn')).toEqual([])`. */
  texts(level: LogLine['level']): readonly string[]
}

/** Records every line, so that a test can ask what an operator would have read. */
export function createRecordingLogger(): RecordingLogger {
  const lines: LogLine[] = []
  function recorder(level: LogLine['level']): Logger['debug'] {
    return (facts, text) => {
      lines.push({ level, facts, text })
    }
  }
  return {
    lines,
    texts: (level) => lines.filter((line) => line.level === level).map((line) => line.text),
    debug: recorder('debug'),
    info: recorder('info'),
    warn: recorder('warn'),
    error: recorder('error'),
  }
}
