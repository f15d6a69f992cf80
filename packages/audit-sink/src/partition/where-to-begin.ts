import type { AssignedPartition, Logger, NextOffset } from '@ledgerbus/core'
import { checkedMetadata, type Intent, parseIntent } from './intent.ts'

/** What the commit says of a partition that is newly owned. */
export interface Beginning {
  readonly first: NextOffset
  /** A range that was recorded, and may have been inserted. */
  readonly recorded: Intent | undefined
  /** Whether the log may hold records behind `first` that nothing tells of. */
  readonly mayStand: boolean
}

/**
 * Where a partition begins. A group without a commit may have lost it, and one of a broker that keeps no metadata never recorded anything: then the log has to be asked.
 */
export function whereToBegin(
  assigned: AssignedPartition,
  { hasMetadata, logger }: { readonly hasMetadata: boolean; readonly logger: Logger },
): Beginning {
  const { topic, partition, committed, low } = assigned
  if (committed === undefined) return { first: low as NextOffset, recorded: undefined, mayStand: true }
  const { offset: first, metadata } = committed
  const recorded = parseIntent(metadata)
  const isForeign = recorded === undefined && metadata !== '' && metadata !== checkedMetadata
  if (isForeign)
    logger.warn({ topic, partition, first }, 'the commit bears metadata that no sink wrote, asking the log')
  return {
    first,
    recorded: recorded !== undefined && recorded.next > first ? recorded : undefined,
    mayStand: !hasMetadata || metadata === checkedMetadata || isForeign,
  }
}
