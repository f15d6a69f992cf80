import type { FilterNode } from '@ledgerbus/filter'
import type { Parameters } from '../../clickhouse/statement.ts'
import type { Comparison } from './comparison.ts'
import { anyOf } from './condition.ts'
import { isPlain } from './literals.ts'
import { type Truth, unknownTruth } from './truth.ts'

/** The name of a header that a part of a filter asks for. */
export function headerNameOf(node: FilterNode): string | undefined {
  if (node.kind !== 'field' || node.of.kind !== 'root' || node.of.name !== 'headers') return undefined
  return isPlain(node.name) ? node.name : undefined
}

/** That there is such a header; the last of a name counts, and it may be null, so no more is sure. */
export function headerPresence(name: string, parameters: Parameters): string {
  return `arrayExists(header -> header.1 = ${parameters.one(name, 'String')}, kafka_headers)`
}

/** A header with the value asked for: perhaps not the last of its name. */
export function headerTruth(name: string, comparison: Comparison, parameters: Parameters): Truth {
  const isThere = headerPresence(name, parameters)
  const wanted =
    comparison.kind === 'equal' ? [comparison.value] : comparison.kind === 'member' ? comparison.values : []
  const texts = wanted.filter((value) => typeof value === 'string')
  if (wanted.length === 0 || !texts.every(isPlain)) return unknownTruth(isThere)
  // A byte order mark is no part of the text that a filter sees.
  const isOne = anyOf(
    ...parameters.lists(texts, 'String').map((list) => `ifNull(header.2, '') IN ${list}`),
    "startsWith(ifNull(header.2, ''), '\\xEF\\xBB\\xBF')",
  )
  const hasOne = `arrayExists(header -> header.1 = ${parameters.one(name, 'String')} AND ${isOne}, kafka_headers)`
  return { ...unknownTruth(isThere), possibly: hasOne }
}
