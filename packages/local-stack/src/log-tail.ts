import { open } from 'node:fs/promises'

const mostBytes = 64 * 1024

/**
 * The last bytes of a log file as text; an empty string when there is none or nothing in it.
 *
 * @param from where to begin at the earliest, so that an older run's lines do not speak for this one
 */
export async function readLogTail(logFile: string, from: number): Promise<string> {
  const file = await open(logFile, 'r').catch(() => undefined)
  if (file === undefined) return ''
  try {
    const { size } = await file.stat()
    const start = Math.max(from, size - mostBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, start)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** The last lines of a text that say something, indented by two: the frames of a Java stack trace do not. */
export function lastLines(text: string, lines: number): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+(at |\.{3} \d+ more)/.test(line))
    .slice(-lines)
    .map((line) => `  ${line}`)
    .join('\n')
}
