import type { AuditRange } from '@ledgerbus/core'
import { isInMemoryBlock } from './in-memory-block.ts'

/** What is wrong with a range; `undefined` when its records lie within its bounds. */
export function rangeProblem({ first, next, block }: AuditRange): string | undefined {
  if (!isInMemoryBlock(block)) return 'its block was made by another log'
  if (block.records === 0) return 'it has no record'
  if (block.offsetAt(0) < first) return `offset ${block.offsetAt(0)} stands before the range`
  const last = block.offsetAt(block.records - 1)
  return last >= next ? `offset ${last} stands behind the range` : undefined
}
