import type { AuditRange } from '@ledgerbus/core'
import { isEncodedBlock } from './encoded-block.ts'

/** Most rows of one insert: one more and the server would cut it into two blocks, of which one may land without the other. */
const maxRangeRows = 1_000_000

/** What is wrong with a range; `undefined` when it is one. */
export function rangeProblem({ first, next, block }: AuditRange): string | undefined {
  const { records } = block
  if (!isEncodedBlock(block)) return 'its block was made by another log'
  if (records === 0) return 'it has no record'
  if (records > maxRangeRows) return `it has ${records} records, at most ${maxRangeRows} fit into one insert`
  if (block.offsetAt(0) < first) return `offset ${block.offsetAt(0)} stands before the range`
  const last = block.offsetAt(records - 1)
  return last >= next ? `offset ${last} stands behind the range` : undefined
}
