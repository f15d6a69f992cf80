import type { AuditExplanation, AuditSummary, PartitionBound, PartitionRange } from '@ledgerbus/core'
import {
  bigintShape,
  booleanShape,
  countShape,
  type JsonShape,
  listOf,
  numberShape,
  objectOf,
  oneOf,
  optional,
  textShape,
  textsByNameShape,
} from './json-shape.ts'
import type { FrozenSelection, ReplayCheck, ReplayGroup, ReplayPlan, ReplaySample, ReplayTopic } from './replay-plan.ts'

const texts = listOf(textShape)
const statusShape = oneOf(['ok', 'tombstone', 'undecodable', 'erased'])
const replayWords = oneOf(['exclude', 'include', 'only'])
const oneReplay = objectOf<{ readonly id: string }>({ id: textShape })

const replaysShape: JsonShape<FrozenSelection['replays']> = {
  encode: (replays) => (typeof replays === 'object' ? oneReplay.encode(replays) : replays),
  decode: (json, path) => (typeof json === 'object' ? oneReplay.decode(json, path) : replayWords.decode(json, path)),
}

const boundShape = objectOf<PartitionBound>({
  cluster: textShape,
  topic: textShape,
  partition: countShape,
  below: bigintShape,
})

const rangeShape = objectOf<PartitionRange>({
  topic: textShape,
  partition: countShape,
  from: optional(bigintShape),
  below: optional(bigintShape),
})

const selectionShape = objectOf<FrozenSelection>({
  fromMs: numberShape,
  toMs: numberShape,
  timeField: oneOf(['event', 'kafka']),
  names: optional(texts),
  entityType: optional(textShape),
  entityId: optional(textShape),
  actorType: optional(textShape),
  actorId: optional(textShape),
  correlationId: optional(textShape),
  organizationId: optional(textShape),
  topics: optional(texts),
  eventIds: optional(texts),
  excludedEventIds: optional(texts),
  ranges: optional(listOf(rangeShape)),
  statuses: optional(listOf(statusShape)),
  replays: replaysShape,
  redrives: oneOf(['exclude', 'include']),
  filter: optional(textShape),
  below: listOf(boundShape),
})

const summaryShape = objectOf<AuditSummary>({
  entries: countShape,
  bytes: countShape,
  keys: countShape,
  keysCounted: optional(oneOf(['in-part'])),
  byName: listOf(
    objectOf<AuditSummary['byName'][number]>({ name: textShape, version: countShape, entries: countShape }),
  ),
  byTopic: listOf(objectOf<AuditSummary['byTopic'][number]>({ topic: textShape, entries: countShape })),
  byDay: listOf(objectOf<AuditSummary['byDay'][number]>({ day: textShape, entries: countShape })),
  byStatus: listOf(objectOf<AuditSummary['byStatus'][number]>({ status: statusShape, entries: countShape })),
  firstMs: optional(numberShape),
  lastMs: optional(numberShape),
  bounds: listOf(boundShape),
})

const sampleFields = {
  topic: textShape,
  partition: countShape,
  offset: bigintShape,
  timestampMs: numberShape,
  eventId: optional(textShape),
  name: optional(textShape),
}
const sampleShape = objectOf<ReplaySample>(sampleFields)

const checkShape = objectOf<ReplayCheck>({
  entries: countShape,
  framed: optional(countShape),
  undecodable: countShape,
  unknown: countShape,
  notUpcast: countShape,
  invalid: countShape,
  samples: listOf(objectOf<ReplayCheck['samples'][number]>({ ...sampleFields, problem: textShape })),
})

const topicShape = objectOf<ReplayTopic>({
  name: textShape,
  partitions: countShape,
  witness: optional(
    objectOf<NonNullable<ReplayTopic['witness']>>({
      partition: countShape,
      offset: bigintShape,
      timestampMs: bigintShape,
    }),
  ),
})

const groupShape = objectOf<ReplayGroup>({
  groupId: textShape,
  known: booleanShape,
  members: countShape,
  lag: optional(bigintShape),
})

/** A plan as JSON: bigints are decimal texts, at the places that have them. */
export const planShape: JsonShape<ReplayPlan> = objectOf<ReplayPlan>({
  replayId: textShape,
  hash: textShape,
  plannedAtMs: numberShape,
  reason: textShape,
  by: textShape,
  readFrom: oneOf(['log', 'kafka']),
  selection: selectionShape,
  mode: oneOf(['rehandle', 'fill-gaps', 'rebuild', 'copy']),
  order: oneOf(['key', 'time']),
  content: oneOf(['stored', 'latest']),
  transform: optional(textShape),
  target: optional(textShape),
  groups: texts,
  maxEntries: optional(countShape),
  summary: summaryShape,
  explanation: optional(
    objectOf<AuditExplanation>({ condition: textShape, values: textsByNameShape, onRows: optional(textShape) }),
  ),
  check: optional(checkShape),
  unchecked: optional(oneOf(['not-wanted', 'no-definitions'])),
  ratePerSecond: optional(numberShape),
  speed: optional(numberShape),
  first: optional(sampleShape),
  last: optional(sampleShape),
  topics: listOf(topicShape),
  targetGroups: listOf(groupShape),
  otherGroups: listOf(groupShape),
  confirmations: texts,
  warnings: texts,
})
