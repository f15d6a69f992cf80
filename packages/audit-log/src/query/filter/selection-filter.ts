import type { AuditEntry } from '@ledgerbus/core'
import { compileFilter, type FilterNode } from '@ledgerbus/filter'
import { createParameters } from '../../clickhouse/statement.ts'
import { filterCondition } from './filter-condition.ts'

/** The filter of a selection, made ready. */
export interface SelectionFilter {
  readonly tree: FilterNode
  /** Whether SQL alone decides it for every row. */
  readonly isExact: boolean
  /** What SQL leaves to the process, as it was written; empty where it leaves nothing. */
  readonly leftover: string
  /** Only an entry with an event can match. */
  matches(entry: AuditEntry): boolean
}

/** @throws FilterError `FILTER_INVALID` */
export function selectionFilter(text: string): SelectionFilter {
  const filter = compileFilter(text)
  const leftover = conjunctsOf(filter.tree).filter((part) => !isExact(part))
  return {
    tree: filter.tree,
    isExact: isExact(filter.tree),
    leftover: leftover.map(({ start, end }) => text.slice(start, end)).join(' && '),
    matches: ({ record, reading }) =>
      reading.status === 'ok' && filter.matches(reading.envelope, record.headers).matched,
  }
}

function isExact(tree: FilterNode): boolean {
  const { possibly, surely } = filterCondition(tree, createParameters())
  return possibly === surely
}

function conjunctsOf(node: FilterNode): readonly FilterNode[] {
  if (node.kind !== 'logic' || node.operator !== '&&') return [node]
  return [...conjunctsOf(node.left), ...conjunctsOf(node.right)]
}
