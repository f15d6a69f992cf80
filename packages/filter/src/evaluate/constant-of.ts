import type { Envelope } from '@ledgerbus/core'
import { filterLimits } from '../filter-limits.ts'
import type { FilterNode } from '../syntax/filter-node.ts'
import { partsOf } from '../syntax/parts-of.ts'
import { compileNode } from './compile-node.ts'
import { msOfDuration, msOfTimestamp } from './moment.ts'
import type { Evaluate, Run } from './run.ts'

/** What a part of a filter yields whatever the event is. An `int` is a bigint, a `double` a number. */
export type FilterConstant =
  | null
  | boolean
  | bigint
  | number
  | string
  | { readonly timestampMs: number }
  | { readonly durationMs: number }
  | readonly FilterConstant[]

/**
 * The value of a part that asks for no event, such as `timestamp("2026-01-31T00:00:00Z") - duration("36h")`; `undefined` for one that does, and
 * for maps. For those who translate `filter.tree`: what evaluates to one value need not be translated.
 */
export function constantOf(node: FilterNode): FilterConstant | undefined {
  if (asksForEvent(node)) return undefined
  const run = (): Run => ({ envelope: {} as Envelope, headers: [], locals: [], steps: filterLimits.maxSteps })
  const evaluateOnce = (evaluate: Evaluate): unknown => evaluate(run())
  const evaluate = compileNode({ text: '', evaluateOnce, alwaysFails: () => undefined }, node)
  return toConstant(evaluate(run()))
}

function asksForEvent(node: FilterNode): boolean {
  const kinds: readonly FilterNode['kind'][] = ['root', 'variable', 'presence']
  return kinds.includes(node.kind) || partsOf(node).some(asksForEvent)
}

function toConstant(value: unknown): FilterConstant | undefined {
  switch (typeof value) {
    case 'boolean':
    case 'bigint':
    case 'number':
    case 'string':
      return value
    default:
  }
  if (value === null) return null
  if (Array.isArray(value)) {
    const items = value.map(toConstant)
    return items.every((item) => item !== undefined) ? items : undefined
  }
  const timestampMs = msOfTimestamp(value)
  if (timestampMs !== undefined) return { timestampMs }
  const durationMs = msOfDuration(value)
  return durationMs === undefined ? undefined : { durationMs }
}
