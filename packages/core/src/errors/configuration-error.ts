import { LedgerbusError } from './ledgerbus-error.ts'

/** Options that cannot work; thrown by factories, with every problem at once. */
export class ConfigurationError extends LedgerbusError {
  /** One sentence a problem, each naming the option. */
  readonly problems: readonly string[]

  constructor(
    what: string,
    problems: readonly string[],
    options: { readonly code?: string; readonly cause?: unknown } = {},
  ) {
    super(`${what}: ${problems.join('; ')}`, { code: options.code ?? 'CONFIGURATION_INVALID', cause: options.cause })
    this.problems = problems
  }
}
