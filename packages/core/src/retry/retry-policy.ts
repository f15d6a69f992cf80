import { ConfigurationError } from '../errors/configuration-error.ts'
import { classifyError, type ErrorClass } from './classify-error.ts'

/** How often and how long a handler is tried, and what happens to the records behind one that fails. */
export interface RetryOptions {
  /**
   * Calls of the handler in all, the first included. Beyond `inlineAttempts` and one call for each of `delaysMs`, the last delay repeats.
   * @default 5; with `delaysMs` the attempts these make
   */
  readonly maxAttempts?: number
  /** Upper bound of the first wait, in milliseconds. @default 200 */
  readonly initialDelayMs?: number
  /** What each wait's upper bound is multiplied with, 1 or more. @default 2 */
  readonly factor?: number
  /** Upper bound of every wait, in milliseconds. @default 5_000 */
  readonly maxDelayMs?: number
  /** Longest time from the first attempt to the beginning of the last that is made without one of `delaysMs`, in milliseconds. @default 20_000 */
  readonly budgetMs?: number
  /** Attempts made where the record stands, before the first of `delaysMs`; only with these. @default 3 */
  readonly inlineAttempts?: number
  /**
   * Waits after the attempts made where the record stands, in milliseconds; each a floor. They need `ordering`, as none of them is a time to block a key:
   * 1 to 20 of them, 7 days at most. @default none
   */
  readonly delaysMs?: readonly number[]
  /** What to do about an error. @default events that cannot be decoded or validated are fatal, everything else is retried */
  readonly classify?: (error: unknown) => ErrorClass
  /**
   * What becomes of later records of the key. `block-key`: they wait behind it in its lane. `park-key`: they wait behind it in a topic of the group, in order,
   * while other keys go on. `unordered`: they are handled, and the record later: this gives up the order of its key. The latter two need `delaysMs`.
   * @default 'block-key'
   */
  readonly ordering?: RetryOrdering
  /**
   * With `park-key`, what becomes of the records that wait behind one that is set aside: `release` handles them, `hold` sets them aside too, in order.
   * @default 'release'
   */
  readonly onHeadDead?: 'release' | 'hold'
}

/** What becomes of later records of a key while one of its records fails. */
export type RetryOrdering = 'block-key' | 'park-key' | 'unordered'

/** Checked options with their defaults. */
export type RetryPolicy = Readonly<Required<RetryOptions>>

const defaults: RetryPolicy = Object.freeze({
  maxAttempts: 5,
  initialDelayMs: 200,
  factor: 2,
  maxDelayMs: 5_000,
  budgetMs: 20_000,
  inlineAttempts: 3,
  delaysMs: Object.freeze([]),
  classify: classifyError,
  ordering: 'block-key',
  onHeadDead: 'release',
})

/**
 * Fills in what options leave out, field by field.
 *
 * @throws ConfigurationError with every problem at once, also options that do not go together
 */
export function resolveRetryPolicy(options: RetryOptions = {}): RetryPolicy {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as RetryOptions
  const merged: RetryPolicy = { ...defaults, ...given }
  const delayProblems = problemsOfDelays(merged.delaysMs)
  const delaysMs = delayProblems.length === 0 ? Object.freeze([...merged.delaysMs]) : []
  const attempts = delaysMs.length === 0 ? defaults.maxAttempts : merged.inlineAttempts + delaysMs.length
  const policy = { ...merged, delaysMs, maxAttempts: given.maxAttempts ?? attempts }
  const problems = [
    ...Object.keys(given)
      .filter((option) => !Object.hasOwn(defaults, option))
      .map((option) => `retry.${option}: is no option`),
    ...numberProblem('maxAttempts', policy.maxAttempts, { min: 1, max: 1_000, integer: true }),
    ...numberProblem('initialDelayMs', policy.initialDelayMs, { min: 0, max: maxMs }),
    ...numberProblem('factor', policy.factor, { min: 1, max: 1_000 }),
    ...numberProblem('maxDelayMs', policy.maxDelayMs, { min: 0, max: maxMs }),
    ...numberProblem('budgetMs', policy.budgetMs, { min: 0, max: maxMs }),
    ...numberProblem('inlineAttempts', policy.inlineAttempts, { min: 1, max: 1_000, integer: true }),
    ...delayProblems,
    ...wordProblem('ordering', policy.ordering, ['block-key', 'park-key', 'unordered']),
    ...wordProblem('onHeadDead', policy.onHeadDead, ['release', 'hold']),
  ]
  if (typeof policy.classify !== 'function') problems.push('retry.classify: must be a function of the error')
  if (problems.length === 0) problems.push(...problemsTogether(policy, given))
  if (problems.length > 0) throw new ConfigurationError('retry', problems)
  return Object.freeze(policy)
}

/** A day: a longer wait inside a handler's lane is a mistake. */
const maxMs = 86_400_000
const maxDelays = 20
const maxDelayedMs = 7 * 86_400_000

/** What is wrong between options that are right by themselves: none of them may be without effect. */
function* problemsTogether(policy: RetryPolicy, given: RetryOptions): Generator<string> {
  const { ordering, inlineAttempts, delaysMs, maxAttempts } = policy
  if (ordering === 'block-key' && delaysMs.length > 0) {
    yield "retry.delaysMs: needs ordering 'park-key' or 'unordered'; a key does not wait that long in its lane"
  }
  if (ordering !== 'block-key' && delaysMs.length === 0) yield `retry.ordering: '${ordering}' needs delaysMs`
  if (given.inlineAttempts !== undefined && delaysMs.length === 0) {
    yield 'retry.inlineAttempts: needs delaysMs; without them every attempt is made where the record stands'
  }
  if (given.onHeadDead !== undefined && ordering !== 'park-key') {
    yield "retry.onHeadDead: needs ordering 'park-key'; nothing waits behind a record otherwise"
  }
  if (delaysMs.length > 0 && maxAttempts < inlineAttempts + delaysMs.length) {
    yield `retry.maxAttempts: ${maxAttempts} would leave delays unused; inlineAttempts and delaysMs make ${inlineAttempts + delaysMs.length}`
  }
}

function problemsOfDelays(delaysMs: unknown): string[] {
  const isLegal = (delayMs: unknown): boolean =>
    Number.isInteger(delayMs) && Number(delayMs) >= 1 && Number(delayMs) <= maxDelayedMs
  if (Array.isArray(delaysMs) && delaysMs.length <= maxDelays && delaysMs.every(isLegal)) return []
  return [`retry.delaysMs: must be a list of at most ${maxDelays} whole numbers from 1 to ${maxDelayedMs}`]
}

interface Range {
  readonly min: number
  readonly max: number
  readonly integer?: boolean
}

function numberProblem(option: string, value: unknown, { min, max, integer = false }: Range): string[] {
  const legal = typeof value === 'number' && value >= min && value <= max && (!integer || Number.isInteger(value))
  return legal ? [] : [`retry.${option}: must be ${integer ? 'an integer' : 'a number'} from ${min} to ${max}`]
}

function wordProblem(option: string, value: unknown, words: readonly string[]): string[] {
  if (typeof value === 'string' && words.includes(value)) return []
  return [`retry.${option}: must be ${words.map((word) => `'${word}'`).join(' or ')}`]
}
