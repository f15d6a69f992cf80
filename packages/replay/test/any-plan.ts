import fc from 'fast-check'
import { planHash } from '../src/plan/plan-hash.ts'
import type {
  FrozenSelection,
  ReplayCheck,
  ReplayGroup,
  ReplayPlan,
  ReplaySample,
  ReplayTopic,
} from '../src/plan/replay-plan.ts'

const text = fc.string({ unit: 'binary', maxLength: 8 })
const texts = fc.array(text, { maxLength: 3 })
const count = fc.nat({ max: 1_000_000 })
const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
const rate = fc.double({ min: 0.001, max: 1_000_000, noNaN: true })
const timeMs = fc.integer({ min: -1_000_000, max: 2 ** 50 })

const coordinates = { topic: text, partition: fc.nat({ max: 200 }) }
const bound = fc.record({ cluster: text, ...coordinates, below: offset })
const range = fc.record({ ...coordinates, from: offset, below: offset }, { requiredKeys: ['topic', 'partition'] })
const status = fc.constantFrom('ok' as const, 'tombstone' as const, 'undecodable' as const)

const selection: fc.Arbitrary<FrozenSelection> = fc.record(
  {
    fromMs: timeMs,
    toMs: timeMs,
    timeField: fc.constantFrom('event' as const, 'kafka' as const),
    names: texts,
    entityType: text,
    entityId: text,
    actorType: text,
    actorId: text,
    correlationId: text,
    organizationId: text,
    topics: texts,
    eventIds: texts,
    excludedEventIds: texts,
    ranges: fc.array(range, { maxLength: 2 }),
    statuses: fc.array(status, { maxLength: 3 }),
    replays: fc.oneof(
      fc.constantFrom('exclude' as const, 'include' as const, 'only' as const),
      fc.record({ id: text }),
    ),
    redrives: fc.constantFrom('exclude' as const, 'include' as const),
    filter: text,
    below: fc.array(bound, { maxLength: 3 }),
  },
  { requiredKeys: ['fromMs', 'toMs', 'timeField', 'replays', 'redrives', 'below'] },
)

const sample: fc.Arbitrary<ReplaySample> = fc.record(
  { ...coordinates, offset, timestampMs: timeMs, eventId: text, name: text },
  { requiredKeys: ['topic', 'partition', 'offset', 'timestampMs'] },
)

const group: fc.Arbitrary<ReplayGroup> = fc.record(
  { groupId: text, known: fc.boolean(), members: count, lag: offset },
  { requiredKeys: ['groupId', 'known', 'members'] },
)

const topic: fc.Arbitrary<ReplayTopic> = fc.record(
  {
    name: text,
    partitions: count,
    witness: fc.record({ partition: count, offset, timestampMs: fc.bigInt({ min: -1n, max: 2n ** 50n }) }),
  },
  { requiredKeys: ['name', 'partitions'] },
)

const check: fc.Arbitrary<ReplayCheck> = fc.record(
  {
    entries: count,
    framed: count,
    undecodable: count,
    unknown: count,
    notUpcast: count,
    invalid: count,
    samples: fc.array(
      fc.tuple(sample, text).map(([one, problem]) => ({ ...one, problem })),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ['entries', 'undecodable', 'unknown', 'notUpcast', 'invalid', 'samples'] },
)

/** Any plan, with its hash. */
export const anyPlan: fc.Arbitrary<ReplayPlan> = fc
  .record(
    {
      replayId: text,
      hash: fc.constant(''),
      plannedAtMs: timeMs,
      reason: text,
      by: text,
      readFrom: fc.constantFrom('log' as const, 'kafka' as const),
      selection,
      mode: fc.constantFrom('rehandle' as const, 'fill-gaps' as const, 'rebuild' as const, 'copy' as const),
      order: fc.constantFrom('key' as const, 'time' as const),
      content: fc.constantFrom('stored' as const, 'latest' as const),
      transform: text,
      target: text,
      groups: texts,
      maxEntries: count,
      summary: fc.record(
        {
          entries: count,
          bytes: count,
          keys: count,
          keysCounted: fc.constant('in-part' as const),
          byName: fc.array(fc.record({ name: text, version: count, entries: count }), { maxLength: 2 }),
          byTopic: fc.array(fc.record({ topic: text, entries: count }), { maxLength: 2 }),
          byDay: fc.array(fc.record({ day: text, entries: count }), { maxLength: 2 }),
          byStatus: fc.array(fc.record({ status, entries: count }), { maxLength: 2 }),
          firstMs: timeMs,
          lastMs: timeMs,
          bounds: fc.array(bound, { maxLength: 2 }),
        },
        { requiredKeys: ['entries', 'bytes', 'keys', 'byName', 'byTopic', 'byDay', 'byStatus', 'bounds'] },
      ),
      explanation: fc.record(
        { condition: text, values: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }), onRows: text },
        { requiredKeys: ['condition', 'values'] },
      ),
      check,
      unchecked: fc.constantFrom('not-wanted' as const, 'no-definitions' as const),
      ratePerSecond: rate,
      speed: rate,
      first: sample,
      last: sample,
      topics: fc.array(topic, { maxLength: 2 }),
      targetGroups: fc.array(group, { maxLength: 2 }),
      otherGroups: fc.array(group, { maxLength: 2 }),
      confirmations: texts,
      warnings: texts,
    },
    {
      requiredKeys: [
        'replayId',
        'hash',
        'plannedAtMs',
        'reason',
        'by',
        'readFrom',
        'selection',
        'mode',
        'order',
        'content',
        'groups',
        'summary',
        'topics',
        'targetGroups',
        'otherGroups',
        'confirmations',
        'warnings',
      ],
    },
  )
  .map((plan) => ({ ...plan, hash: planHash(plan) }))
