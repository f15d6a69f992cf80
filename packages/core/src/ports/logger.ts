/** Facts first, then a constant text: `logger.warn({ topic, partition }, 'handler failed, will retry')`. pino fulfils it. */
export interface Logger {
  debug(facts: Readonly<Record<string, unknown>>, text: string): void
  info(facts: Readonly<Record<string, unknown>>, text: string): void
  warn(facts: Readonly<Record<string, unknown>>, text: string): void
  error(facts: Readonly<Record<string, unknown>>, text: string): void
}
