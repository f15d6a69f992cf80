import type { Logger } from '../ports/logger.ts'

function write(level: 'warn' | 'error', facts: Readonly<Record<string, unknown>>, text: string): void {
  // console.error and console.warn write to stderr: stdout belongs to the program's data.
  console[level](`ledgerbus ${level}: ${text}`, facts)
}

/** Warnings and errors on stderr, the rest dropped: the default, so that a failing handler is seen without any set-up. */
export const consoleLogger: Logger = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: (facts: Readonly<Record<string, unknown>>, text: string) => {
    write('warn', facts, text)
  },
  error: (facts: Readonly<Record<string, unknown>>, text: string) => {
    write('error', facts, text)
  },
})

/** Says nothing. */
export const silentLogger: Logger = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
})
