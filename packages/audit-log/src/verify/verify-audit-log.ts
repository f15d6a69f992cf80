import {
  type AuditLogInspector,
  type Broker,
  type BrokerAdmin,
  type BrokerReader,
  type Clock,
  type ConsumerRecord,
  defaultSinkGroupId,
  type InspectedSpan,
  type PartitionOffsets,
  type WaitOptions,
} from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import { comparePartition } from './compare-partition.ts'
import type { CompletenessReport, PartitionReport, Verdict } from './completeness-report.ts'
import { createFindingList, type FindingList } from './finding-list.ts'
import { topicsFitting } from './topics-fitting.ts'

/** What verifying works with; all of it is started by the caller but for what the broker makes. */
export interface VerifyNeeds {
  readonly broker: Broker
  readonly auditLog: AuditLogInspector
  readonly clock: Clock
}

/** What is to be compared. */
export interface VerifyRequest {
  /** Names, or patterns with `*`. @default the topics in which the sink's group has committed */
  readonly topics?: readonly string[]
  /** @default all */
  readonly partitions?: readonly number[]
  /** Kafka times `[fromMs, toMs)`, in milliseconds since 1970. The partitions are read whole all the same: producers set these times. */
  readonly fromMs?: number
  readonly toMs?: number
  /** Offsets `[fromOffset, toOffset)`, in every partition. */
  readonly fromOffset?: bigint
  readonly toOffset?: bigint
  /** The sink's group: what it has not committed is not due. `'none'`: everything up to the end is due. @default 'ledgerbus-audit-sink' */
  readonly groupId?: string
}

/** Options of {@link verifyAuditLog}. */
export interface VerifyOptions extends WaitOptions {
  /** How many findings are listed; all are counted. @default 1_000 */
  readonly maxFindings?: number
  /** Called now and then: how many records and entries were looked at, of about how many. */
  readonly onProgress?: (done: number, total: number) => void
}

const stepsPerProgress = 1_000
const dayMs = 86_400_000
/** Older Kafka times stand in quarantine, whose rows live by the time they were stored. */
const quarantinedAfterDays = 3_653
const lastOffset = 2n ** 63n - 1n

/**
 * Compares the log with Kafka, partition by partition, byte for byte.
 *
 * Reads Kafka without a group, so nobody's offsets move, and the log as an inspection. Memory: one record and one entry at a time, and what is
 * listed. Partitions are read one after the other: verifying runs beside the work, not instead of it.
 *
 * @throws AuditLogError `AUDIT_VERIFY_INVALID` where nothing is to be compared; BrokerError `BROKER_TOPIC_UNKNOWN`, `BROKER_UNREACHABLE`, ...
 */
export async function verifyAuditLog(
  needs: VerifyNeeds,
  request: VerifyRequest = {},
  options: VerifyOptions = {},
): Promise<CompletenessReport> {
  const { broker, auditLog, clock } = needs
  const wait = options.signal === undefined ? {} : { signal: options.signal }
  const admin = broker.createAdmin()
  const reader = broker.createReader()
  const verifiedAtMs = clock.nowMs()
  const startedMs = clock.monotonicMs()
  try {
    await Promise.all([admin.start(wait), reader.start(wait)])
    const cluster = await admin.clusterId()
    const retentionDays = await auditLog.retentionDays(wait)
    const places = await placesOf(admin, request)
    const findings = createFindingList(options.maxFindings ?? 1_000)
    const onStep = progressOf(places, options)
    const reports: (() => PartitionReport)[] = []
    for (const place of places) {
      wait.signal?.throwIfAborted()
      const expiredBeforeMs = expiryOf(retentionDays, verifiedAtMs)
      reports.push(
        await verifyPartition(
          { admin, reader, auditLog, cluster, findings, onStep, expiredBeforeMs, request, wait },
          place,
        ),
      )
    }
    const partitions = reports.map((report) => report())
    const listed = findings.list()
    return {
      verdict: verdictOf(partitions, findings),
      cluster,
      ...(groupOf(request) !== undefined && { groupId: groupOf(request) as string }),
      ...(request.fromMs !== undefined && { fromMs: request.fromMs }),
      ...(request.toMs !== undefined && { toMs: request.toMs }),
      verifiedAtMs,
      durationMs: clock.monotonicMs() - startedMs,
      ...(retentionDays !== undefined && { retentionDays }),
      partitions,
      findings: listed,
      findingsLeftOut: findings.total() - listed.length,
    }
  } finally {
    await Promise.all([reader.close(), admin.close()])
  }
}

function groupOf({ groupId = defaultSinkGroupId }: VerifyRequest): string | undefined {
  return groupId === 'none' ? undefined : groupId
}

/** Entries of months before may be gone; `undefined`: none are. */
function expiryOf(retentionDays: number | undefined, nowMs: number): number | undefined {
  return retentionDays === undefined || retentionDays >= quarantinedAfterDays
    ? undefined
    : nowMs - retentionDays * dayMs
}

/** A partition and how far it is compared. */
interface Place extends PartitionOffsets {
  readonly committed: bigint | undefined
  readonly from: bigint
  /** Where Kafka's records end that are due. */
  readonly due: bigint
  /** Where those end that are compared: `due`, or `toOffset`. */
  readonly to: bigint
  readonly isCompacted: boolean
}

async function placesOf(admin: BrokerAdmin, request: VerifyRequest): Promise<readonly Place[]> {
  const groupId = groupOf(request)
  const commits = groupId === undefined ? [] : await admin.groupOffsets(groupId)
  const committedTopics = [...new Set(commits.map(({ topic }) => topic))]
  const existing = await admin.listTopics()
  const topics = topicsFitting(request.topics ?? committedTopics, existing)
  const unknown = (request.topics ?? []).filter((topic) => !topic.includes('*') && !existing.includes(topic))
  // The admin's own error names the topic that is not there.
  for (const topic of unknown) await admin.topicOffsets(topic)
  if (topics.length === 0) {
    throw new AuditLogError(
      request.topics === undefined
        ? `the group ${groupId} has committed nothing; name topics, or the group of the sink`
        : `no topic fits ${request.topics.join(', ')}`,
      { code: 'AUDIT_VERIFY_INVALID' },
    )
  }
  if (groupId !== undefined && !commits.some(({ topic }) => topics.includes(topic))) {
    // Nothing would be due, and nothing compared is not complete.
    throw new AuditLogError(`the group ${groupId} has committed nothing in ${topics.slice(0, 10).join(', ')}`, {
      code: 'AUDIT_VERIFY_INVALID',
    })
  }
  const described = await admin.describeTopics(topics)
  const places: Place[] = []
  for (const { name, settings } of described) {
    for (const offsets of await admin.topicOffsets(name)) {
      if (request.partitions?.includes(offsets.partition) === false) continue
      const committed = commits.find((one) => one.topic === name && one.partition === offsets.partition)?.offset
      const due = groupId === undefined ? offsets.end : least(committed ?? 0n, offsets.end)
      const to = least(due, request.toOffset ?? due)
      const from = request.fromOffset ?? 0n
      const isCompacted = settings['cleanup.policy']?.includes('compact') ?? false
      places.push({ ...offsets, committed, from, due, to: to < from ? from : to, isCompacted })
    }
  }
  return places
}

interface PartitionNeeds {
  readonly admin: BrokerAdmin
  readonly reader: BrokerReader
  readonly auditLog: AuditLogInspector
  readonly cluster: string
  readonly findings: FindingList
  readonly onStep: () => void
  readonly expiredBeforeMs: number | undefined
  readonly request: VerifyRequest
  readonly wait: WaitOptions
}

/** @returns the report, to be asked for once all partitions were walked: what is missing here may turn up there */
async function verifyPartition(needs: PartitionNeeds, place: Place): Promise<() => PartitionReport> {
  const { admin, auditLog, cluster, findings, onStep, expiredBeforeMs, request, wait } = needs
  const { topic, partition, from, to, end, committed } = place
  let { low } = place
  const span: InspectedSpan = {
    cluster,
    topic,
    partition,
    from,
    // Behind the end there is nothing of Kafka's, so nothing may stand there.
    to: request.toOffset ?? lastOffset,
    ...(request.fromMs !== undefined && { fromMs: request.fromMs }),
    ...(request.toMs !== undefined && { toMs: request.toMs }),
  }
  const counts = await comparePartition({
    records: recordsOf(needs, place),
    entries: auditLog.inspect(span, wait),
    due: least(place.due, to),
    oldestMs: await oldestMs(needs, place),
    low,
    end,
    isCompacted: place.isCompacted,
    expiredBeforeMs,
    async offsetsNow() {
      const now = (await admin.topicOffsets(topic)).find((offsets) => offsets.partition === partition)
      if (now !== undefined) low = now.low
      return now ?? place
    },
    findings,
    onStep,
  })
  return () => ({
    topic,
    partition,
    low,
    end,
    ...(committed !== undefined && { committed }),
    from,
    to,
    ...counts,
    notDue: notDue(place, request),
    findings: findings.countsOf(place),
  })
}

function notDue({ to, end }: Place, { toOffset, fromOffset = 0n }: VerifyRequest): bigint {
  const asked = toOffset === undefined ? end : least(toOffset, end)
  const first = to > fromOffset ? to : fromOffset
  return asked > first ? asked - first : 0n
}

/** Kafka's records that are compared. */
async function* recordsOf(
  { reader, request: { fromMs, toMs }, wait }: PartitionNeeds,
  { topic, partition, low, from, to, due }: Place,
): AsyncGenerator<ConsumerRecord> {
  const begin = from > low ? from : low
  // Beyond what is due a reader would wait for what comes.
  if (begin >= least(to, due)) return
  const earliest = fromMs === undefined ? undefined : BigInt(Math.ceil(fromMs))
  const latest = toMs === undefined ? undefined : BigInt(Math.ceil(toMs))
  for await (const { records } of reader.read({ topic, partition }, { from: begin, to: least(to, due) }, wait)) {
    for (const record of records) {
      if (earliest !== undefined && record.timestampMs < earliest) continue
      if (latest !== undefined && record.timestampMs >= latest) continue
      yield record
    }
  }
}

/** Kafka's time of the first record the partition still holds. */
async function oldestMs(
  { reader, wait }: PartitionNeeds,
  { topic, partition, low, due }: Place,
): Promise<bigint | undefined> {
  if (low >= due) return undefined
  for await (const { records } of reader.read({ topic, partition }, { from: low, to: due }, wait)) {
    const [first] = records
    if (first !== undefined) return first.timestampMs
  }
  return undefined
}

function progressOf(places: readonly Place[], { onProgress }: VerifyOptions): () => void {
  const total = Number(places.reduce((sum, { low, from, to }) => sum + greatest(to - greatest(low, from), 0n), 0n))
  let done = 0
  return () => {
    done += 1
    if (done % stepsPerProgress === 0) onProgress?.(done, Math.max(total, done))
  }
}

function verdictOf(partitions: readonly PartitionReport[], findings: FindingList): Verdict {
  if (findings.total() > 0) return 'findings'
  return partitions.some(({ notComparable }) => notComparable.length > 0) ? 'partly' : 'complete'
}

function least(left: bigint, right: bigint): bigint {
  return left < right ? left : right
}

function greatest(left: bigint, right: bigint): bigint {
  return left > right ? left : right
}
