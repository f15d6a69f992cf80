import type { AuditExplanation, AuditSelection } from '@ledgerbus/core'
import { createParameters } from '../clickhouse/statement.ts'
import { selectionFilter } from './filter/selection-filter.ts'
import { selectionCondition } from './selection-condition.ts'
import { checkSelection } from './selection-problems.ts'

/** What of a selection becomes SQL, and what of its filter runs over rows. Asks nothing. */
export function explainSelection(selection: AuditSelection): AuditExplanation {
  checkSelection(selection)
  const parameters = createParameters()
  const condition = selectionCondition(selection, parameters)
  const values = Object.fromEntries([...parameters.all].filter(([name]) => condition.includes(`{${name}:`)))
  const onRows = selection.filter === undefined ? '' : selectionFilter(selection.filter).leftover
  return { condition, values, ...(onRows !== '' && { onRows }) }
}
