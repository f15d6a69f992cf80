import type { FilterArithmetic, FilterEquality, FilterLogic, FilterOrdering } from '../syntax/filter-node.ts'
import { arithmetic } from './arithmetic.ts'
import { equalValues, orderOf } from './compare-values.ts'
import { failureAmong, worse } from './failure.ts'
import type { Problems } from './problems.ts'
import type { Evaluate } from './run.ts'

/** One side decides where it can, even if the other failed: as errors do in CEL and NULL does in SQL. */
export function compileLogic({ operator }: FilterLogic, left: Evaluate, right: Evaluate, problems: Problems): Evaluate {
  const decides = operator === '||'
  const what = `"${operator}" joins booleans`
  return (run) => {
    const l = left(run)
    if (l === decides) return decides
    const r = right(run)
    if (r === decides) return decides
    if (typeof l === 'boolean' && typeof r === 'boolean') return !decides
    return worse(
      typeof l === 'boolean' ? undefined : problems.wrongType(what, l),
      typeof r === 'boolean' ? undefined : problems.wrongType(what, r),
    )
  }
}

export function compileEquality(
  { operator }: FilterEquality,
  left: Evaluate,
  right: Evaluate,
  problems: Problems,
): Evaluate {
  const wanted = operator === '=='
  return (run) => {
    const l = left(run)
    const r = right(run)
    if (typeof l === 'number' && typeof r === 'number') return (l === r) === wanted
    const failed = failureAmong(l, r)
    if (failed !== undefined) return failed
    const equal = equalValues(run, l, r)
    return equal === undefined ? problems.tooCostly() : equal === wanted
  }
}

const tests: Readonly<Record<FilterOrdering['operator'], (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

export function compileOrdering(
  { operator }: FilterOrdering,
  left: Evaluate,
  right: Evaluate,
  problems: Problems,
): Evaluate {
  const test = tests[operator]
  const what = `"${operator}" compares two numbers, strings, timestamps or durations`
  return (run) => {
    const l = left(run)
    const r = right(run)
    const order = orderOf(run, l, r)
    if (typeof order === 'number') return test(order)
    return order === undefined ? problems.wrongTypes(what, l, r) : problems.tooCostly()
  }
}

export function compileArithmetic(
  { operator }: FilterArithmetic,
  left: Evaluate,
  right: Evaluate,
  problems: Problems,
): Evaluate {
  return (run) => arithmetic(run, operator, left(run), right(run), problems)
}
