/** Why a filter could not be evaluated over an event. */
export type FilterProblemReason =
  /** An operator or function met a value of a kind that it does not take. */
  | 'wrong-type'
  /** A result that its type cannot hold, a division by zero. */
  | 'out-of-range'
  /** A text that is no number, timestamp or duration. */
  | 'not-convertible'
  /** The evaluation took more steps than one may. */
  | 'too-costly'
  /** The whole is not true or false. */
  | 'not-a-boolean'

/** Why a filter has no answer for an event; such an event does not match. */
export interface FilterProblem {
  readonly reason: FilterProblemReason
  /** The part of the filter and what went wrong in it, without values of the event. */
  readonly message: string
  /** Where in the filter's text, from 0, in UTF-16 units. */
  readonly position: number
}

const mark: unique symbol = Symbol('failure')

/** What an expression yields instead of a value: nothing is there, or a problem. JSON has no symbols as keys, so no event forges one. */
export interface Failure {
  readonly [mark]: FilterProblem | undefined
}

/** A key that is not there, and a `null` where a value is needed. */
export const missing: Failure = Object.freeze({ [mark]: undefined })

export function failure(problem: FilterProblem): Failure {
  return { [mark]: problem }
}

export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && mark in value
}

/** `undefined` when nothing is wrong but a missing key. */
export function problemOf(found: Failure): FilterProblem | undefined {
  return found[mark]
}

/** The failure among two values, if any. */
export function failureAmong(left: unknown, right: unknown): Failure | undefined {
  return worse(isFailure(left) ? left : undefined, isFailure(right) ? right : undefined)
}

/** The failure to pass on where two parts failed or one: a problem before a missing key, the first before the second. */
export function worse(left: Failure | undefined, right: Failure | undefined): Failure | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return left[mark] === undefined && right[mark] !== undefined ? right : left
}
