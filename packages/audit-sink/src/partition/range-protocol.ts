import type { AssignedPartition, AuditRange, NextOffset } from '@ledgerbus/core'
import type { CutRange } from '../batch/open-range.ts'
import type { SinkHooks, SinkStep } from '../sink-step.ts'
import { insertUntilStored, type StoreNeeds, type Trouble } from './insert-until-stored.ts'
import type { CommitQueue } from './commit-queue.ts'
import { checkedMetadata, encodeIntent, type Intent } from './intent.ts'
import { untilAnswered } from './until-answered.ts'

/**
 * How the records of one owned partition get from Kafka into the log: the order of commits and inserts, and nothing else.
 *
 * 1. A range is cut: every record in `[committed, next)`.
 * 2. It is recorded, `next` with count and digest of its records, in the metadata of a commit that leaves the offset where it is. No insert before Kafka
 *    confirmed that.
 * 3. It is inserted as one block, under a token made of the same facts, until it is known to stand.
 * 4. Its end is committed, together with the next range's record where there is one.
 *
 * Killed anywhere, the next owner finds the record of the range, reads exactly these offsets again and inserts the same block under the same token: what stood already
 * is dropped by the server. Boundaries are recorded and not computed, so a range may be cut by age. A commit of an owner that lost the partition is refused, and so its later inserts
 * are either the recorded range or never sent (docs/decisions/0045-the-sink-commits-after-the-insert.md and 0140).
 *
 * Where nothing recorded can be trusted, `checked` ranges are stored instead: without the records that were found standing, and without a record of their own.
 */
export interface RangeProtocol {
  /** Resolves `false` when the ownership ended before everything stood and was confirmed to be next. */
  store(range: CutRange, how: StoreHow): Promise<boolean>
  /** Nothing below `next` is left to store. Resolves when the commit is asked for. */
  confirm(next: NextOffset, how: Pick<StoreHow, 'isChecked'>): Promise<void>
}

/** How a range is stored. */
export interface StoreHow {
  /** What an owner before recorded of it. */
  readonly recorded?: Intent
  readonly isChecked: boolean
  /** Whether the next range is there already: its record says what this one's confirmation would. */
  readonly isNextDue: () => boolean
}

/** What the protocol works with. */
export interface ProtocolNeeds extends StoreNeeds {
  readonly commits: CommitQueue
  /** Whether the broker keeps what is recorded. */
  readonly hasMetadata: boolean
  readonly hooks: SinkHooks | undefined
}

/** Who hears of commits and of trouble. */
export interface ProtocolListener {
  readonly signal: AbortSignal
  readonly committed: (next: NextOffset) => void
  readonly trouble: (trouble: Trouble | undefined) => void
}

export function createRangeProtocol(
  needs: ProtocolNeeds,
  assigned: AssignedPartition,
  listener: ProtocolListener,
): RangeProtocol {
  const { auditLog, commits, counter, hooks, logger } = needs
  const { topic, partition } = assigned

  async function at(name: SinkStep['name'], phase: SinkStep['phase'], range: Offsets): Promise<void> {
    await hooks?.at({ name, phase, topic, partition, first: range.first, next: range.next })
  }

  async function record(range: AuditRange): Promise<boolean> {
    const { first, next, block } = range
    const metadata = encodeIntent({ next, records: block.records, digest: block.digest })
    await at('intent', 'before', range)
    const result = await commits.commit({ ownership: assigned, next: first as NextOffset, metadata })
    if (result === 'over') return false
    listener.committed(first as NextOffset)
    await at('intent', 'after', range)
    return true
  }

  /** Asked for before anything that comes later is: of two commits that wait, the later takes the place of the earlier. */
  async function confirm(range: Offsets, isChecked: boolean): Promise<void> {
    await at('confirm', 'before', range)
    const next = range.next as NextOffset
    const commit = commits.commit({ ownership: assigned, next, metadata: isChecked ? checkedMetadata : '' })
    void commit.then(async (result) => {
      if (result === 'over') return
      listener.committed(next)
      await at('confirm', 'after', range)
    })
  }

  /** Whether no insert of the range of the moment ended otherwise than well: then nobody holds its bytes any more. */
  let isUntroubled = true

  async function insert(range: CutRange, again?: string): Promise<'stored' | 'refused' | 'ended'> {
    let isSetAside = false
    await at('insert', 'before', range)
    const result = await insertUntilStored(needs, range, {
      signal: listener.signal,
      trouble(found) {
        if (found !== undefined) isUntroubled = false
        listener.trouble(found)
      },
      ...(again !== undefined && { again }),
      async beforeQuarantine() {
        isSetAside = true
        await at('quarantine', 'before', range)
      },
    })
    if (result !== 'stored') {
      isUntroubled = false
      return result
    }
    if (isSetAside) await at('quarantine', 'after', range)
    await at('insert', 'after', range)
    return result
  }

  /** A range that was stored as another owner recorded it is looked up: a token too equal would have dropped rows that stand nowhere. */
  async function checkRecovered(range: CutRange): Promise<boolean> {
    const { first, next, times, block } = range
    const question = { cluster: block.cluster, topic, partition, first, next, times }
    const standing = await untilAnswered({ ...needs, ...listener }, 'standing records', () =>
      auditLog.standing(question, { signal: listener.signal }),
    )
    if (standing === undefined) return false
    counter.recovered()
    if (standing.records >= block.records) return true
    logger.error(
      { topic, partition, first, next, records: block.records, standing: standing.records },
      'a recovered range does not stand as a whole, storing it under a token of its own',
    )
    return (await insert(range, 'recovered')) === 'stored'
  }

  return {
    async store(range, { recorded, isChecked, isNextDue }) {
      const { block } = range
      isUntroubled = true
      let from = 0
      let to = block.records
      /** Before it stands a record that the log refuses. */
      let refusedBefore: number | undefined
      while (from < block.records) {
        const part = partOf(range, from, to)
        const isRecorded = recorded !== undefined && isRecordOf(recorded, part)
        if (!isRecorded && !isChecked && needs.hasMetadata && !(await record(part))) return false
        const result = await insert(part)
        if (result === 'ended') return false
        if (result === 'refused') {
          refusedBefore = to
          to = from + ((to - from) >> 1)
          continue
        }
        if (isRecorded && !(await checkRecovered(part))) return false
        counter.stored(part.block)
        from = to
        if (isChecked || from < block.records || !isNextDue()) await confirm(part, isChecked)
        if (refusedBefore !== undefined && from >= refusedBefore) refusedBefore = undefined
        // One of these is refused: half of them, or the one itself. What stands behind it is not in question.
        to = refusedBefore === undefined ? block.records : from + Math.max(1, (refusedBefore - from) >> 1)
      }
      // A request that was given up may still be sending: its bytes must not become those of another range.
      if (isUntroubled) range.release()
      return true
    },
    confirm: (next, { isChecked }) => confirm({ first: next, next }, isChecked),
  }
}

type Offsets = Pick<SinkStep, 'first' | 'next'>

function isRecordOf({ next, records, digest }: Intent, range: AuditRange): boolean {
  return next === range.next && records === range.block.records && digest === range.block.digest
}

function partOf(range: CutRange, from: number, to: number): CutRange {
  const { block } = range
  if (from === 0 && to === block.records) return range
  return {
    first: from === 0 ? range.first : block.offsetAt(from),
    next: to === block.records ? range.next : (block.offsetAt(to) as NextOffset),
    block: block.part(from, to),
    times: range.times,
    release: range.release,
  }
}
