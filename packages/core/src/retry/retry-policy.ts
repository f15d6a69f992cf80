import { ConfigurationError } from '../errors/configuration-error.ts'
import { classifyError, type ErrorClass } from './classify-error.ts'

/** How often and how long a handler is tried. */
export interface RetryOptions {
  /** Calls of the handler in all, the first included. @default 5 */
  readonly maxAttempts?: number
  /** Upper bound of the first wait, in milliseconds. @default 200 */
  readonly initialDelayMs?: number
  /** What each wait's upper bound is multiplied with, 1 or more. @default 2 */
  readonly factor?: number
  /** Upper bound of every wait, in milliseconds. @default 5_000 */
  readonly maxDelayMs?: number
  /** Longest time from the first attempt to the beginning of the last, in milliseconds. @default 20_000 */
  readonly budgetMs?: number
  /** What to do about an error. @default events that cannot be decoded or validated are fatal, everything else is retried */
  readonly classify?: (error: unknown) => ErrorClass
}

/** Checked options with their defaults. */
export type RetryPolicy = Readonly<Required<RetryOptions>>

const defaults: RetryPolicy = Object.freeze({
  maxAttempts: 5,
  initialDelayMs: 200,
  factor: 2,
  maxDelayMs: 5_000,
  budgetMs: 20_000,
  classify: classifyError,
})

/**
 * Fills in what options leave out, field by field.
 *
 * @throws ConfigurationError with every problem at once
 */
export function resolveRetryPolicy(options: RetryOptions = {}): RetryPolicy {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const policy = { ...defaults, ...Object.fromEntries(given) } as RetryPolicy
  const problems = [
    ...given.filter(([option]) => !Object.hasOwn(defaults, option)).map(([option]) => `retry.${option}: is no option`),
    ...numberProblem('maxAttempts', policy.maxAttempts, { min: 1, max: 1_000, integer: true }),
    ...numberProblem('initialDelayMs', policy.initialDelayMs, { min: 0, max: maxMs }),
    ...numberProblem('factor', policy.factor, { min: 1, max: 1_000 }),
    ...numberProblem('maxDelayMs', policy.maxDelayMs, { min: 0, max: maxMs }),
    ...numberProblem('budgetMs', policy.budgetMs, { min: 0, max: maxMs }),
  ]
  if (typeof policy.classify !== 'function') problems.push('retry.classify: must be a function of the error')
  if (problems.length > 0) throw new ConfigurationError('retry', problems)
  return Object.freeze(policy)
}

/** A day: a longer wait inside a handler's lane is a mistake. */
const maxMs = 86_400_000

interface Range {
  readonly min: number
  readonly max: number
  readonly integer?: boolean
}

function numberProblem(option: string, value: unknown, { min, max, integer = false }: Range): string[] {
  const legal = typeof value === 'number' && value >= min && value <= max && (!integer || Number.isInteger(value))
  return legal ? [] : [`retry.${option}: must be ${integer ? 'an integer' : 'a number'} from ${min} to ${max}`]
}
