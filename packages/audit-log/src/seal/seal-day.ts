import { createHash } from 'node:crypto'
import {
  type AuditLogInspector,
  type Broker,
  type BrokerAdmin,
  type BrokerReader,
  type Clock,
  defaultSinkGroupId,
  type Ids,
  type PartitionOffsets,
  type TopicPartition,
  type WaitOptions,
} from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import { topicsFitting } from '../verify/topics-fitting.ts'
import { createSegmentDigest, entryHash } from './entry-hash.ts'
import { createIndexWriter } from './index-codec.ts'
import { encodeSeal, type Seal, type SealedSegment, sealHash, type UnhashedSeal } from './seal.ts'
import { readSealChain } from './seal-chain.ts'
import type { SealSigner } from './seal-keys.ts'
import type { SealDraft, SealStore } from './seal-store.ts'

/** What sealing works with. */
export interface SealNeeds {
  readonly broker: Broker
  readonly auditLog: AuditLogInspector
  readonly store: SealStore
  readonly clock: Clock
  readonly ids: Ids
  /** @default seals are not signed */
  readonly signer?: SealSigner
}

/** What is to be sealed. */
export interface SealRequest {
  /** The UTC day, `2026-01-31`; it must be over. @default yesterday */
  readonly day?: string
  /** Names, or patterns with `*`. @default the topics in which the sink's group has committed */
  readonly topics?: readonly string[]
  /** The sink's group: a day is sealed when it has committed past it everywhere. @default 'ledgerbus-audit-sink' */
  readonly groupId?: string
}

/** Options of {@link sealDay}. */
export interface SealOptions extends WaitOptions {
  /** Called now and then with the number of entries sealed so far. */
  readonly onProgress?: (entries: number) => void
}

/** What sealing did. */
export interface SealReport {
  /** `present`: the day was sealed before. */
  readonly state: 'sealed' | 'present'
  /** The newest seal. Its hash is worth noting elsewhere: it is the anchor that shows when seals at the end are removed. */
  readonly seal: Seal
  readonly entries: number
}

const dayMs = 86_400_000
const entriesPerProgress = 10_000

/**
 * Seals everything the log holds up to the end of a day that no former seal covers.
 *
 * Segments are ranges of offsets, not of times: a record that arrives late bears an older time and a later offset, so it belongs to the next seal and
 * breaks none. Where the day ends in a partition is the first record of the next day; a record whose time lies ahead of the clock says nothing about it.
 *
 * @throws AuditLogError `AUDIT_SEAL_NOT_DUE` where the day is not over, or the sink has not committed past it everywhere; `AUDIT_SEALS_BROKEN`
 * where the chain it would go on has been changed
 */
export async function sealDay(
  needs: SealNeeds,
  request: SealRequest = {},
  options: SealOptions = {},
): Promise<SealReport> {
  const { broker, store, clock } = needs
  const wait = options.signal === undefined ? {} : { signal: options.signal }
  const nowMs = clock.nowMs()
  const day = request.day ?? dayText(nowMs - dayMs)
  const endMs = endOf(day)
  if (endMs > nowMs) throw notDue(`${day} is not over yet`)
  const { seals, problems } = await readSealChain(store, wait)
  // No seal at all is where every chain begins.
  const [broken] = problems.filter(({ number }) => number > 0)
  if (broken !== undefined) {
    throw new AuditLogError(
      `the chain of seals is broken at number ${broken.number} (${broken.kind}); verify it, and begin a new chain in another place`,
      { code: 'AUDIT_SEALS_BROKEN' },
    )
  }
  const last = seals.at(-1)
  if (last !== undefined && last.day >= day) return { state: 'present', seal: last, entries: entriesOf(last) }

  const admin = broker.createAdmin()
  const reader = broker.createReader()
  const draft = await store.draft((last?.number ?? 0) + 1)
  try {
    await Promise.all([admin.start(wait), reader.start(wait)])
    const cluster = await admin.clusterId()
    const ends = await partitionsOf({ admin, reader }, request, seals, wait)
    const index = createIndexFile(draft)
    const segments: SealedSegment[] = []
    const open: string[] = []
    const progress = progressOf(options)
    for (const place of ends) {
      wait.signal?.throwIfAborted()
      const segment = await sealPartition(needs, { ...place, cluster, endMs, nowMs, index, progress }, wait)
      if (segment === undefined) open.push(`${place.topic}/${place.partition}`)
      else if (segment.entries > 0 || segment.to > segment.from) segments.push(segment)
    }
    if (open.length > 0) throw notDue(`the sink has not committed past ${day} in ${open.slice(0, 10).join(', ')}`)
    const seal = toSeal(needs, { day, last, segments, index: index.hex(), nowMs })
    await draft.commit({ text: encodeSeal(seal), index: seal.index })
    return { state: 'sealed', seal, entries: entriesOf(seal) }
  } finally {
    await Promise.all([draft.discard(), reader.close(), admin.close()])
  }
}

function toSeal(
  { ids, signer }: SealNeeds,
  facts: {
    readonly day: string
    readonly last: Seal | undefined
    readonly segments: readonly SealedSegment[]
    readonly index: string
    readonly nowMs: number
  },
): Seal {
  const { day, last, segments, index, nowMs } = facts
  const unhashed: UnhashedSeal = {
    version: 1,
    chain: last?.chain ?? ids.next(),
    number: (last?.number ?? 0) + 1,
    day,
    sealedAt: new Date(nowMs).toISOString(),
    previous: last?.hash ?? '',
    segments,
    index,
  }
  const hash = sealHash(unhashed)
  return { ...unhashed, hash, ...(signer !== undefined && { signature: signer.sign(hash) }) }
}

interface PartitionEnd extends PartitionOffsets {
  readonly committed: bigint
  /** Where the former seal of the partition ended. */
  readonly from: bigint
}

async function partitionsOf(
  { admin, reader }: { readonly admin: BrokerAdmin; readonly reader: BrokerReader },
  request: SealRequest,
  seals: readonly Seal[],
  wait: WaitOptions,
): Promise<readonly PartitionEnd[]> {
  const { groupId = defaultSinkGroupId } = request
  const existing = await admin.listTopics()
  const committedIn = [...new Set((await admin.groupOffsets(groupId)).map(({ topic }) => topic))]
  const topics = topicsFitting(request.topics ?? committedIn, existing)
  if (topics.length === 0) throw notDue(`the group ${groupId} has committed nothing that could be sealed`)
  // Ends first, commits second: the day is over, so whatever belongs to it stands below these ends.
  const ends: PartitionOffsets[] = []
  for (const topic of topics) ends.push(...(await admin.topicOffsets(topic)))
  const commits = await admin.groupOffsets(groupId)
  const places: PartitionEnd[] = []
  for (const end of ends) {
    const committed = commits.find((one) => isSamePartition(one, end))?.offset ?? end.low
    places.push({ ...end, committed, from: await sealedUpTo(reader, { ...end, committed }, seals, wait) })
  }
  return places
}

/** Where the former seal of a partition ended; 0 where there is none, or where the topic was made again since and counts anew. */
async function sealedUpTo(
  reader: BrokerReader,
  end: PartitionOffsets & { readonly committed: bigint },
  seals: readonly Seal[],
  wait: WaitOptions,
): Promise<bigint> {
  const seal = seals.findLast(({ segments }) => segments.some((segment) => isSamePartition(segment, end)))
  const sealed = seal?.segments.find((segment) => isSamePartition(segment, end))?.to
  if (seal === undefined || sealed === undefined || sealed > end.committed) return 0n
  if (end.low >= sealed) return sealed
  for await (const { records } of reader.read(end, { from: end.low, to: sealed }, wait)) {
    const [first] = records
    // What stands below the seal's end was there when it was sealed, unless another topic took the name.
    if (first !== undefined) return first.timestampMs > Date.parse(seal.sealedAt) ? 0n : sealed
  }
  return sealed
}

function isSamePartition(left: TopicPartition, right: TopicPartition): boolean {
  return left.topic === right.topic && left.partition === right.partition
}

interface PartitionToSeal extends PartitionEnd {
  readonly cluster: string
  readonly endMs: number
  readonly nowMs: number
  readonly index: IndexFile
  readonly progress: () => void
}

/** @returns `undefined` where the day is not over in this partition: nothing shows that the sink has committed all of it */
async function sealPartition(
  { auditLog }: SealNeeds,
  { cluster, topic, partition, from, committed, end, endMs, nowMs, index, progress }: PartitionToSeal,
  wait: WaitOptions,
): Promise<SealedSegment | undefined> {
  const writer = createIndexWriter(from)
  const digest = createSegmentDigest()
  const start = index.length()
  let entries = 0
  let next: bigint | undefined
  for await (const { entry } of auditLog.inspect({ cluster, topic, partition, from, to: committed }, wait)) {
    const { offset, timestampMs } = entry.record
    if (timestampMs >= endMs && timestampMs <= nowMs) {
      next = offset
      break
    }
    const hash = entryHash(entry)
    writer.add(offset, timestampMs, hash)
    digest.add(offset, timestampMs, hash)
    entries += 1
    progress()
    await index.append(writer.take())
  }
  await index.append(writer.take({ end: true }))
  if (next === undefined && committed < end) return undefined
  const bytes = index.length() - start
  return { cluster, topic, partition, from, to: next ?? committed, entries, digest: digest.hex(), start, bytes }
}

interface IndexFile {
  length(): number
  append(bytes: Uint8Array | undefined): Promise<void>
  hex(): string
}

function createIndexFile(draft: SealDraft): IndexFile {
  const hash = createHash('sha256')
  let length = 0
  return {
    length: () => length,
    async append(bytes) {
      if (bytes === undefined) return
      hash.update(bytes)
      length += bytes.length
      await draft.append(bytes)
    },
    hex: () => hash.digest('hex'),
  }
}

function progressOf({ onProgress }: SealOptions): () => void {
  let entries = 0
  return () => {
    entries += 1
    if (entries % entriesPerProgress === 0) onProgress?.(entries)
  }
}

function entriesOf({ segments }: Seal): number {
  return segments.reduce((sum, { entries }) => sum + entries, 0)
}

function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 'YYYY-MM-DD'.length)
}

function endOf(day: string): number {
  const startMs = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00.000Z`) : Number.NaN
  if (Number.isNaN(startMs) || dayText(startMs) !== day)
    throw notDue(`${JSON.stringify(day)} is no day; write 2026-01-31`)
  return startMs + dayMs
}

function notDue(why: string): AuditLogError {
  return new AuditLogError(`nothing was sealed: ${why}`, { code: 'AUDIT_SEAL_NOT_DUE', retriable: true })
}
