import { type AuditSelection, selectionMatch, type SelectionMatch, selectionProblems } from '@ledgerbus/core'
import { compileFilter } from '@ledgerbus/filter'
import { selectionInvalid } from './audit-log-errors.ts'

/** A selection as a question to one entry. @throws TestkitError `AUDIT_SELECTION_INVALID` with every problem; FilterError */
export function matchOf(selection: AuditSelection): SelectionMatch {
  const problems = selectionProblems(selection)
  if (problems.length > 0) throw selectionInvalid(problems)
  return selectionMatch(selection, (text) => {
    const filter = compileFilter(text)
    return (envelope, { record }) => filter.matches(envelope, record.headers).matched
  })
}
