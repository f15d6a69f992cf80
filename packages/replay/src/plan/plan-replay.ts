import type {
  AuditEntry,
  AuditLogReader,
  AuditSummary,
  Broker,
  BrokerAdmin,
  Clock,
  Ids,
  WaitOptions,
} from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import { planHash } from './plan-hash.ts'
import type { FrozenSelection, ReplayGroup, ReplayPlan, ReplaySample, ReplayTopic } from './replay-plan.ts'
import { checkReplayRequest, type ReplayRequest } from './replay-request.ts'
import { groupsOnTopics } from './target-groups.ts'

/** What planning needs. */
export interface PlanReplayNeeds {
  readonly broker: Broker
  readonly auditLog: AuditLogReader
  readonly clock: Clock
  readonly ids: Ids
}

/** Makes the plan: freezes the selection at the offsets where the log stands now, then counts exactly that. */
export async function planReplay(
  request: ReplayRequest,
  needs: PlanReplayNeeds,
  options: WaitOptions = {},
): Promise<ReplayPlan> {
  checkReplayRequest(request)
  const { selection, summary } = await freeze(request, needs.auditLog, options)
  const target = request.target === undefined ? {} : { target: request.target }
  const groups = [...request.groups]
  const [samples, onBroker] = await Promise.all([
    sampleEnds(selection, summary, needs.auditLog, options),
    askBroker(needs.broker, request.target === undefined ? topicsOf(summary) : [request.target], groups, options),
  ])
  return deepFreeze({
    replayId: request.replayId ?? needs.ids.next(),
    hash: planHash({ selection, groups, ...target }),
    plannedAtMs: needs.clock.nowMs(),
    reason: request.reason,
    selection,
    ...target,
    groups,
    summary,
    ...samples,
    ...onBroker,
    warnings: summary.entries === 0 ? [] : warningsOf(summary, onBroker.targetGroups),
  })
}

async function freeze(
  request: ReplayRequest,
  auditLog: AuditLogReader,
  options: WaitOptions,
): Promise<{ readonly selection: FrozenSelection; readonly summary: AuditSummary }> {
  // A copy: what the plan freezes must not be the caller's lists.
  const {
    groups: _groups,
    reason: _reason,
    target: _target,
    replayId: _replayId,
    ...selected
  } = structuredClone(request)
  const open = {
    ...selected,
    timeField: request.timeField ?? 'event',
    replays: request.replays ?? 'exclude',
  } as const
  const summary = await auditLog.summarize(open, options)
  // Bounds and counts are of one moment, so what the sink stores from now on belongs to no part of the plan.
  return { selection: { ...open, below: selected.below ?? summary.bounds }, summary }
}

function topicsOf(summary: AuditSummary): string[] {
  return summary.byTopic.map(({ topic }) => topic)
}

async function sampleEnds(
  selection: FrozenSelection,
  summary: AuditSummary,
  auditLog: AuditLogReader,
  options: WaitOptions,
): Promise<{ readonly first?: ReplaySample; readonly last?: ReplaySample }> {
  if (summary.entries === 0) return {}
  const [oldest, newest] = await Promise.all([
    auditLog.query(selection, { ...options, order: 'oldest', limit: 1 }),
    auditLog.query(selection, { ...options, order: 'newest', limit: 1 }),
  ])
  const [first] = oldest.entries
  const [last] = newest.entries
  return { ...(first && { first: sampleOf(first) }), ...(last && { last: sampleOf(last) }) }
}

function sampleOf({ record, reading }: AuditEntry): ReplaySample {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestampMs: Number(record.timestampMs),
    ...(reading.status === 'ok' && { eventId: reading.envelope.eventId, name: reading.envelope.name }),
  }
}

async function askBroker(
  broker: Broker,
  topics: readonly string[],
  groups: readonly string[],
  options: WaitOptions,
): Promise<Pick<ReplayPlan, 'topics' | 'targetGroups' | 'otherGroups'>> {
  const admin = broker.createAdmin()
  try {
    await admin.start(options)
    return {
      topics: await existing(admin, topics),
      ...(await groupsOnTopics(admin, topics, groups)),
    }
  } finally {
    await admin.close()
  }
}

async function existing(admin: BrokerAdmin, topics: readonly string[]): Promise<ReplayTopic[]> {
  const described = await admin.describeTopics(topics)
  const missing = topics.filter((topic) => !described.some(({ name }) => name === topic))
  if (missing.length > 0) {
    throw new ReplayError(
      `${missing.join(', ')}: no such topic on the broker; create it, or name an existing one as target`,
      { code: 'REPLAY_TARGET_UNKNOWN' },
    )
  }
  return described.map(({ name, partitions }) => ({ name, partitions }))
}

function warningsOf(summary: AuditSummary, targetGroups: readonly ReplayGroup[]): string[] {
  const warnings = targetGroups.flatMap(({ groupId, known, members, lag }) => {
    if (!known) return [`group ${groupId} is unknown to the broker; check its name`]
    if (lag === undefined && members === 0) return [`group ${groupId} does not read the target topics`]
    return members === 0 ? [`group ${groupId} has no members; it handles the records once it runs again`] : []
  })
  for (const { status, entries } of summary.byStatus) {
    if (status === 'undecodable' && entries > 0) {
      warnings.push(`not decodable: ${entries}; published again as they are`)
    }
    if (status === 'tombstone' && entries > 0) warnings.push(`tombstones: ${entries}; published again as tombstones`)
  }
  return warnings
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
