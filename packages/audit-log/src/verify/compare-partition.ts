import type { AuditEntry, ConsumerRecord, InspectedEntry } from '@ledgerbus/core'
import type { NotComparable, NotComparableReason, OffsetGap } from './completeness-report.ts'
import { contentHash, differingParts } from './differing-parts.ts'
import type { FindingList } from './finding-list.ts'
import { type Pulled, pulled } from './pulled.ts'

/** Two streams of one partition, each in offset order, and what is known of it. */
export interface PartitionComparison {
  /** Kafka's records, of the times asked for. */
  readonly records: AsyncIterable<ConsumerRecord>
  /** The log's entries by offset, then Kafka time. */
  readonly entries: AsyncIterable<InspectedEntry>
  /** Offsets from here on are not compared: the sink has not committed them. */
  readonly due: bigint
  /** Kafka's time of the first record the partition holds: what is older and not in Kafka belongs to an older topic of the name. */
  readonly oldestMs: bigint | undefined
  readonly isCompacted: boolean
  /** Entries of Kafka times before this may be gone from the log; `undefined`: none. */
  readonly expiredBeforeMs: number | undefined
  /** Where the partition began and ended when it was looked at first. */
  readonly low: bigint
  readonly end: bigint
  /** Where it does now; asked where an entry without a record may have lost it meanwhile. */
  offsetsNow(): Promise<{ readonly low: bigint; readonly end: bigint }>
  readonly findings: FindingList
  /** Called for every record and every entry without one. */
  readonly onStep?: () => void
}

/** What the comparison counted. */
export interface ComparisonCounts {
  readonly records: number
  readonly same: number
  readonly erased: number
  readonly hiddenCopies: number
  readonly notComparable: readonly NotComparable[]
  readonly gaps: { readonly count: number; readonly first: readonly OffsetGap[] }
}

const gapsKept = 20

type Tally = Map<NotComparableReason, { count: number; first: bigint; last: bigint }>

/**
 * Walks both streams side by side and holds one record and the entries of one offset, whatever the size of the partition.
 *
 * At an offset there is at most one record, but there may be several entries: those of a topic that was deleted and made again differ in Kafka's time.
 */
export async function comparePartition(comparison: PartitionComparison): Promise<ComparisonCounts> {
  const { due, findings, isCompacted, oldestMs, expiredBeforeMs } = comparison
  const records = pulled(comparison.records)
  const entries = pulled(inOrder(comparison.entries, findings))
  const counts = { records: 0, same: 0, erased: 0, hiddenCopies: 0 }
  const notComparable: Tally = new Map()
  const gaps = createGapList()
  let known: { readonly low: bigint; readonly end: bigint } = comparison
  /** Whether they were asked for since the last record: entries side by side have one answer. */
  let isKnownNow = false

  function leaveOut(reason: NotComparableReason, offset: bigint): void {
    const range = notComparable.get(reason) ?? { count: 0, first: offset, last: offset }
    notComparable.set(reason, range)
    range.count += 1
    if (offset < range.first) range.first = offset
    if (offset > range.last) range.last = offset
  }

  function missing(record: ConsumerRecord): void {
    if (expiredBeforeMs !== undefined && record.timestampMs < expiredBeforeMs) leaveOut('gone-from-log', record.offset)
    else findings.missing(record, contentHash(record, 'ok'))
  }

  /** An entry of which Kafka has no record. */
  async function withoutRecord({ entry }: InspectedEntry, isOffsetTaken: boolean): Promise<void> {
    const { record } = entry
    if (record.offset < known.low) return gone(record.offset)
    // Compaction takes nothing that is not due, and none where Kafka has another record at the offset.
    if (isCompacted && record.key !== null && record.offset < due && !isOffsetTaken)
      return leaveOut('compacted', record.offset)
    if (oldestMs === undefined || record.timestampMs < oldestMs) return leaveOut('another-incarnation', record.offset)
    if (!isKnownNow) {
      // Retention may have passed by while we read, and the sink goes on writing.
      known = await comparison.offsetsNow()
      isKnownNow = true
    }
    if (record.offset < known.low) return gone(record.offset)
    // Stored, not committed yet: the sink is about to.
    if (record.offset >= due && record.offset < known.end) return
    findings.foreign(record, contentOf(entry))
  }

  function gone(offset: bigint): void {
    leaveOut('gone-from-kafka', offset)
    gaps.entry(offset)
  }

  function compare(record: ConsumerRecord, { entry, copies, problem }: InspectedEntry): void {
    const parts = problem === undefined ? differingParts(record, entry) : (['status'] as const)
    if (parts.length > 0) findings.differing(record, parts)
    else if (entry.reading.status === 'erased') counts.erased += 1
    else counts.same += 1
    for (const copy of copies) {
      const copyParts = differingParts(record, copy)
      if (copyParts.length > 0) findings.differing(record, copyParts, { isHidden: true })
    }
  }

  async function atOffset(record: ConsumerRecord, found: readonly InspectedEntry[]): Promise<void> {
    const own = found.find(({ entry }) => entry.record.timestampMs === record.timestampMs)
    // The same bytes under another time: the entry was moved in time, which hides it from those who ask by time.
    const retimed = own ?? found.find(({ entry }) => contentOf(entry) === contentHash(record, 'ok'))
    if (own !== undefined) compare(record, own)
    else if (retimed === undefined) missing(record)
    else findings.moved(retimed.entry.record, record)
    for (const other of found) if (other !== retimed) await withoutRecord(other, true)
  }

  try {
    for (;;) {
      const [record, first] = await Promise.all([records.peek(), entries.peek()])
      if (record === undefined && first === undefined) break
      comparison.onStep?.()
      const offset = first?.entry.record.offset
      if (record !== undefined && (offset === undefined || record.offset < offset)) {
        counts.records += 1
        missing(record)
        await records.next()
        isKnownNow = false
        continue
      }
      const found = await sameOffset(entries, offset as bigint)
      counts.hiddenCopies += found.reduce((sum, { copies }) => sum + copies.length, 0)
      if (record === undefined || record.offset !== offset) {
        for (const each of found) await withoutRecord(each, false)
        continue
      }
      counts.records += 1
      await atOffset(record, found)
      await records.next()
      isKnownNow = false
    }
  } finally {
    await Promise.all([records.close(), entries.close()])
  }
  return {
    ...counts,
    notComparable: [...notComparable].map(([reason, tally]) => ({ reason, ...tally })),
    gaps: gaps.result(),
  }
}

/** What an entry says, to find it again elsewhere; of an erased one its marker remembers. */
function contentOf({ record, reading }: AuditEntry): string {
  if (reading.status === 'erased') return reading.erasure.sha256
  return contentHash(record, 'ok')
}

async function sameOffset(entries: Pulled<InspectedEntry>, offset: bigint): Promise<readonly InspectedEntry[]> {
  const found: InspectedEntry[] = []
  while ((await entries.peek())?.entry.record.offset === offset) found.push((await entries.next()) as InspectedEntry)
  return found
}

/** Readers get each record once; were they to get one twice, it would show here. */
async function* inOrder(entries: AsyncIterable<InspectedEntry>, findings: FindingList): AsyncGenerator<InspectedEntry> {
  let last: ConsumerRecord | undefined
  for await (const inspected of entries) {
    const { record } = inspected.entry
    if (last !== undefined && record.offset === last.offset && record.timestampMs === last.timestampMs) {
      findings.doubled(record)
      continue
    }
    last = record
    yield inspected
  }
}

function createGapList(): { entry(offset: bigint): void; result(): ComparisonCounts['gaps'] } {
  const first: OffsetGap[] = []
  let count = 0
  let next: bigint | undefined
  return {
    entry(offset) {
      if (next !== undefined && offset > next) {
        count += 1
        if (first.length < gapsKept) first.push({ from: next, to: offset })
      }
      next = offset + 1n
    },
    result: () => ({ count, first }),
  }
}
