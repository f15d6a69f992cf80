import type { Logger } from '@ledgerbus/core'

/** What fails on purpose here, more than a hundred times. The story tells it in numbers; a service would want these lines. */
const expected: ReadonlySet<string> = new Set([
  'handler failed, will retry',
  'record cannot be handled, it is set aside',
])

/** The logger without the lines about failures that belong to the story; everything else comes through. */
export function withoutExpected(logger: Logger): Logger {
  const unlessExpected =
    (level: 'warn' | 'error') =>
    (facts: Readonly<Record<string, unknown>>, text: string): void => {
      if (!expected.has(text)) logger[level](facts, text)
    }
  return {
    debug: (facts, text) => logger.debug(facts, text),
    info: (facts, text) => logger.info(facts, text),
    warn: unlessExpected('warn'),
    error: unlessExpected('error'),
  }
}
