import { filterLimits } from '../filter-limits.ts'
import { printable } from '../printable.ts'
import type { FilterNode } from '../syntax/filter-node.ts'
import { type Failure, failure, failureAmong, type FilterProblemReason, isFailure, missing } from './failure.ts'
import { kindOf, nameOf } from './value-kind.ts'

const shownLength = 60

/** Makes the failures of one node; each names the node's text, none a value of the event. */
export interface Problems {
  /** For a value of the wrong kind: itself if it is a failure, missing if it is null, else a problem. */
  wrongType(what: string, value: unknown): Failure
  /** The same for an operator with two values. */
  wrongTypes(what: string, left: unknown, right: unknown): Failure
  outOfRange(what: string): Failure
  notConvertible(what: string): Failure
  tooCostly(): Failure
  notABoolean(value: unknown): Failure
}

/** @param text the filter's */
export function problemsOf(node: FilterNode, text: string): Problems {
  const { start, end } = node
  const fail = (reason: FilterProblemReason, what: string): Failure => {
    const part = end - start > shownLength ? `${text.slice(start, start + shownLength)}…` : text.slice(start, end)
    return failure({ reason, message: printable(`${part}: ${what}`), position: start })
  }
  return {
    wrongType(what, value) {
      if (value === null) return missing
      return isFailure(value) ? value : fail('wrong-type', `${what}, not ${nameOf(kindOf(value))}`)
    },
    wrongTypes(what, left, right) {
      const passed = failureAmong(left, right)
      if (passed !== undefined) return passed
      if (left === null || right === null) return missing
      return fail('wrong-type', `${what}, not ${nameOf(kindOf(left))} and ${nameOf(kindOf(right))}`)
    },
    outOfRange: (what) => fail('out-of-range', what),
    notConvertible: (what) => fail('not-convertible', what),
    tooCostly: () => fail('too-costly', `the evaluation takes more than ${filterLimits.maxSteps} steps`),
    notABoolean: (value) => fail('not-a-boolean', `a filter is true or false, not ${nameOf(kindOf(value))}`),
  }
}
