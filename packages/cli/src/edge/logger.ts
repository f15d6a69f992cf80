import { type Logger, silentLogger } from '@ledgerbus/core'
import type { OutputStream } from './edge.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Lines of JSON on stderr; stdout belongs to the data. */
export async function createLogger(stderr: OutputStream, level: LogLevel): Promise<Logger> {
  if (level === 'silent') return silentLogger
  const { pino } = await import('pino')
  const lines = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stderr,
  )
  return {
    debug: (facts, text) => lines.debug(facts, text),
    info: (facts, text) => lines.info(facts, text),
    warn: (facts, text) => lines.warn(facts, text),
    error: (facts, text) => lines.error(facts, text),
  }
}
