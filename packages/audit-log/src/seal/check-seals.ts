import type { AuditEntry, AuditLogInspector, Clock, Coordinates, InspectedEntry, WaitOptions } from '@ledgerbus/core'
import type { AuditFinding, FindingKind } from '../verify/audit-finding.ts'
import type { NotComparable } from '../verify/completeness-report.ts'
import { createFindingList, type FindingList } from '../verify/finding-list.ts'
import { pulled } from '../verify/pulled.ts'
import { entryHash, hashesOfOtherStatuses } from './entry-hash.ts'
import {
  comparePlaces,
  type ExpectedEntry,
  expectedEntries,
  type OpenSegment,
  openSegment,
} from './expected-entries.ts'
import { prefixBytes } from './index-codec.ts'
import type { Seal } from './seal.ts'
import { type ChainCheck, isIndexWhole, readSealChain, type SealProblem } from './seal-chain.ts'
import type { SealStore } from './seal-store.ts'

/** What checking seals works with. */
export interface CheckSealsNeeds {
  readonly auditLog: AuditLogInspector
  readonly store: SealStore
  readonly clock: Clock
}

/** Options of {@link checkSeals}. */
export interface CheckSealsOptions extends ChainCheck {
  /** How many findings are listed; all are counted. @default 1_000 */
  readonly maxFindings?: number
  /** Called now and then: how many entries were looked at, of how many that are sealed. */
  readonly onProgress?: (done: number, total: number) => void
}

/** What the seals say about one partition. */
export interface SealedPartitionReport {
  readonly cluster: string
  readonly topic: string
  readonly partition: number
  /** Sealed offsets, `[from, to)`. */
  readonly from: bigint
  readonly to: bigint
  /** Entries that are sealed. */
  readonly entries: number
  readonly same: number
  /** Erased on request since, or before: the marker remembers the hash that was sealed. */
  readonly erased: number
  readonly hiddenCopies: number
  /** `missing`: sealed and gone; `foreign`: put in afterwards; `differing`: not what was sealed; `moved`: both. */
  readonly findings: Readonly<Record<FindingKind, number>>
  readonly notComparable: readonly NotComparable[]
}

/** Whether the log still holds what was sealed. */
export interface SealsReport {
  /** `intact`: every sealed entry is as it was. `partly`: nothing is wrong, but the log let some of it go. */
  readonly verdict: 'intact' | 'partly' | 'findings'
  readonly seals: number
  readonly firstDay?: string
  readonly lastDay?: string
  /** The newest seal: compare it with what was noted elsewhere. */
  readonly head?: { readonly number: number; readonly hash: string }
  readonly checkedAtMs: number
  readonly durationMs: number
  /** What is wrong with seals themselves. */
  readonly problems: readonly SealProblem[]
  readonly partitions: readonly SealedPartitionReport[]
  /** The first of them; how many there are stands with each partition. */
  readonly findings: readonly AuditFinding[]
  readonly findingsLeftOut: number
}

const dayMs = 86_400_000
const stepsPerProgress = 1_000

/**
 * Checks the chain of seals, then every sealed entry against the log, and finds each that was changed, removed, put in or moved. Memory: one
 * entry at a time, and what is listed.
 *
 * It shows what was changed by those who cannot write the seals: who can make the whole chain anew is found only by a signature or by an anchor.
 */
export async function checkSeals(needs: CheckSealsNeeds, options: CheckSealsOptions = {}): Promise<SealsReport> {
  const { auditLog, store, clock } = needs
  const wait = options.signal === undefined ? {} : { signal: options.signal }
  const startedMs = clock.monotonicMs()
  const checkedAtMs = clock.nowMs()
  const chain = await readSealChain(store, options)
  const problems: SealProblem[] = [...chain.problems]
  const whole: Seal[] = []
  for (const seal of chain.seals) {
    wait.signal?.throwIfAborted()
    if (await isIndexWhole(store, seal)) whole.push(seal)
    else problems.push({ number: seal.number, kind: 'index' })
  }
  const days = await auditLog.retentionDays(wait)
  const expiredBeforeMs = days === undefined ? undefined : checkedAtMs - days * dayMs
  const findings = createFindingList(options.maxFindings ?? 1_000)
  const onStep = progressOf(whole, options)
  const reports: (() => SealedPartitionReport)[] = []
  for (const segments of segmentsByPartition(whole)) {
    wait.signal?.throwIfAborted()
    reports.push(await checkPartition({ auditLog, store, findings, expiredBeforeMs, onStep }, segments, wait))
    for (const { seal, segment, digest, isWhole } of segments) {
      // Every entry fits the beginning of its hash, and together they are not what was sealed: somebody found hashes that begin alike.
      if (isWhole && digest.hex() !== segment.digest) problems.push({ number: seal.number, kind: 'digest' })
    }
  }
  const partitions = reports.map((report) => report())
  const listed = findings.list()
  const last = chain.seals.at(-1)
  return {
    verdict: verdictOf(problems, findings, partitions),
    seals: chain.seals.length,
    ...(chain.seals[0] !== undefined && { firstDay: chain.seals[0].day }),
    ...(last !== undefined && { lastDay: last.day, head: { number: last.number, hash: last.hash } }),
    checkedAtMs,
    durationMs: clock.monotonicMs() - startedMs,
    problems: problems.toSorted((left, right) => left.number - right.number),
    partitions,
    findings: listed,
    findingsLeftOut: findings.total() - listed.length,
  }
}

function segmentsByPartition(seals: readonly Seal[]): readonly (readonly OpenSegment[])[] {
  const byPartition = new Map<string, OpenSegment[]>()
  for (const seal of seals) {
    for (const segment of seal.segments) {
      const name = JSON.stringify([segment.cluster, segment.topic, segment.partition])
      const known = byPartition.get(name)
      if (known === undefined) byPartition.set(name, [openSegment(seal, segment)])
      else known.push(openSegment(seal, segment))
    }
  }
  return [...byPartition.values()]
}

interface PartitionCheck {
  readonly auditLog: AuditLogInspector
  readonly store: SealStore
  readonly findings: FindingList
  readonly expiredBeforeMs: number | undefined
  readonly onStep: () => void
}

/** @returns the report, to be asked for once all partitions were walked: what is missing here may turn up there */
async function checkPartition(
  { auditLog, store, findings, expiredBeforeMs, onStep }: PartitionCheck,
  segments: readonly OpenSegment[],
  wait: WaitOptions,
): Promise<() => SealedPartitionReport> {
  const [{ segment: some }] = segments as [OpenSegment]
  const { cluster, topic, partition } = some
  const place = { cluster, topic, partition }
  const from = segments.reduce((least, { segment }) => (segment.from < least ? segment.from : least), some.from)
  const to = segments.reduce((most, { segment }) => (segment.to > most ? segment.to : most), some.to)
  const lastSealedMs = Math.max(...segments.map(({ seal }) => Date.parse(seal.sealedAt)))
  const expected = pulled(expectedEntries(store, segments))
  const entries = pulled(auditLog.inspect({ ...place, from, to }, wait))
  const counts = { entries: 0, same: 0, erased: 0, hiddenCopies: 0 }
  const gone = createRange('gone-from-log')
  const later = createRange('another-incarnation')

  function missing(one: ExpectedEntry): void {
    for (const segment of one.segments) segment.isWhole = false
    const at: Coordinates = { ...place, offset: one.offset, timestampMs: one.timestampMs }
    if (expiredBeforeMs !== undefined && one.timestampMs < expiredBeforeMs) gone.add(one.offset)
    else findings.missing(at, one.prefix)
  }

  function added({ entry }: InspectedEntry): void {
    // Newer than every seal: a topic that was made again counts from 0, and its records are not sealed yet.
    if (entry.record.timestampMs > lastSealedMs) later.add(entry.record.offset)
    else findings.foreign(entry.record, prefixOf(entry))
  }

  function compare(one: ExpectedEntry, { entry, copies, problem }: InspectedEntry): void {
    const hash = entryHash(entry)
    const isSame = problem === undefined && hash.toString('hex', 0, prefixBytes) === one.prefix
    if (!isSame) {
      const isStatus =
        problem !== undefined ||
        hashesOfOtherStatuses(entry).some((other) => other.toString('hex', 0, prefixBytes) === one.prefix)
      findings.differing(entry.record, [isStatus ? 'status' : entry.reading.status === 'erased' ? 'erasure' : 'value'])
    } else if (entry.reading.status === 'erased') counts.erased += 1
    else counts.same += 1
    for (const segment of one.segments) {
      if (isSame) segment.digest.add(one.offset, one.timestampMs, hash)
      else segment.isWhole = false
    }
    for (const copy of copies) {
      if (!isCopyOf(copy, one.prefix)) findings.differing(copy.record, ['value'], { isHidden: true })
    }
  }

  try {
    for (;;) {
      const [one, found] = await Promise.all([expected.peek(), entries.peek()])
      if (one === undefined && found === undefined) break
      onStep()
      const order = one === undefined ? 1 : found === undefined ? -1 : comparePlaces(one, found.entry.record)
      if (order <= 0) counts.entries += 1
      if (order >= 0) counts.hiddenCopies += found?.copies.length ?? 0
      if (order < 0) missing(one as ExpectedEntry)
      else if (order > 0) added(found as InspectedEntry)
      else compare(one as ExpectedEntry, found as InspectedEntry)
      if (order <= 0) await expected.next()
      if (order >= 0) await entries.next()
    }
  } finally {
    await Promise.all([expected.close(), entries.close()])
  }
  return () => ({
    ...place,
    from,
    to,
    ...counts,
    findings: findings.countsOf(place),
    notComparable: [...gone.result(), ...later.result()],
  })
}

function prefixOf(entry: AuditEntry): string {
  return entryHash(entry).toString('hex', 0, prefixBytes)
}

/** Two versions of the sink may have judged one record differently; its bytes are the same all the same. */
function isCopyOf(copy: AuditEntry, prefix: string): boolean {
  return [entryHash(copy), ...hashesOfOtherStatuses(copy)].some(
    (hash) => hash.toString('hex', 0, prefixBytes) === prefix,
  )
}

function createRange(reason: NotComparable['reason']): {
  add(offset: bigint): void
  result(): readonly NotComparable[]
} {
  let range: { count: number; first: bigint; last: bigint } | undefined
  return {
    add(offset) {
      range ??= { count: 0, first: offset, last: offset }
      range.count += 1
      if (offset < range.first) range.first = offset
      if (offset > range.last) range.last = offset
    },
    result: () => (range === undefined ? [] : [{ reason, ...range }]),
  }
}

function progressOf(seals: readonly Seal[], { onProgress }: CheckSealsOptions): () => void {
  const total = seals.flatMap(({ segments }) => segments).reduce((sum, { entries }) => sum + entries, 0)
  let done = 0
  return () => {
    done += 1
    if (done % stepsPerProgress === 0) onProgress?.(done, Math.max(total, done))
  }
}

function verdictOf(
  problems: readonly SealProblem[],
  findings: FindingList,
  partitions: readonly SealedPartitionReport[],
): SealsReport['verdict'] {
  if (problems.length > 0 || findings.total() > 0) return 'findings'
  return partitions.some(({ notComparable }) => notComparable.length > 0) ? 'partly' : 'intact'
}
