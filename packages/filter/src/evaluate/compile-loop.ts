import type { FilterLoop } from '../syntax/filter-node.ts'
import { type Failure, isFailure, missing, worse } from './failure.ts'
import type { Problems } from './problems.ts'
import { type Evaluate, pay, type Run } from './run.ts'
import { kindOf } from './value-kind.ts'

/**
 * A loop over the elements of a list or the keys of a map. Each round costs as many steps as its body has nodes; a loop inside pays for its own rounds, so that the
 * whole is bounded whatever the event brings.
 *
 * @param cost of one round
 */
export function compileLoop(
  { macro, variable: { depth } }: FilterLoop,
  of: Evaluate,
  body: Evaluate,
  cost: number,
  problems: Problems,
): Evaluate {
  const round = macroRounds[macro]
  return (run) => {
    const range = of(run)
    const items = itemsOf(run, range)
    if (items === undefined) return problems.wrongType(`"${macro}" goes through a list or the keys of a map`, range)
    return round({
      run,
      items,
      problems,
      what: `"${macro}" takes a condition`,
      evaluate: (item) => {
        if (!pay(run, cost)) return problems.tooCostly()
        run.locals[depth] = item === undefined ? missing : item
        return body(run)
      },
    })
  }
}

function itemsOf(run: Run, range: unknown): readonly unknown[] | undefined {
  if (Array.isArray(range)) return range as readonly unknown[]
  if (kindOf(range) !== 'map') return undefined
  const keys = Object.keys(range as object)
  pay(run, keys.length)
  return keys
}

interface Rounds {
  readonly run: Run
  readonly items: readonly unknown[]
  readonly evaluate: (item: unknown) => unknown
  readonly problems: Problems
  readonly what: string
}

const macroRounds: Readonly<Record<FilterLoop['macro'], (rounds: Rounds) => unknown>> = {
  exists: (rounds) => quantified(rounds, true),
  all: (rounds) => quantified(rounds, false),
  filter({ items, evaluate, problems, what }) {
    const kept: unknown[] = []
    for (const item of items) {
      const taken = evaluate(item)
      if (taken === true) kept.push(item)
      else if (taken !== false) return problems.wrongType(what, taken)
    }
    return kept
  },
  map({ items, evaluate }) {
    const made: unknown[] = []
    for (const item of items) {
      const value = evaluate(item)
      if (isFailure(value)) return value
      made.push(value)
    }
    return made
  },
}

/** `exists` ends at the first true, `all` at the first false; a failure counts only where no element decided. */
function quantified({ run, items, evaluate, problems, what }: Rounds, decides: boolean): unknown {
  let failed: Failure | undefined
  for (const item of items) {
    const result = evaluate(item)
    if (result === decides) return decides
    if (result !== !decides) failed = worse(failed, problems.wrongType(what, result))
    if (run.steps < 0) break
  }
  return failed ?? !decides
}
