import { constantOf, type FilterNode } from '@ledgerbus/filter'

/** Where a value stands in the JSON of an event: names of fields, and places in lists from 0. */
export type PayloadPath = readonly (string | number)[]

const farthestIndex = 1_000_000

/** The way to a value of the payload, from the event down; `undefined` for any other part, and for a place that is computed. */
export function payloadPathOf(node: FilterNode): PayloadPath | undefined {
  if (node.kind === 'root') return node.name === 'payload' ? ['payload'] : undefined
  if (node.kind === 'field') {
    const path = payloadPathOf(node.of)
    return path === undefined ? undefined : [...path, node.name]
  }
  if (node.kind !== 'index') return undefined
  const path = payloadPathOf(node.of)
  const index = constantOf(node.index)
  if (path === undefined || typeof index !== 'bigint' || index < 0n || index > farthestIndex) return undefined
  return [...path, Number(index)]
}
