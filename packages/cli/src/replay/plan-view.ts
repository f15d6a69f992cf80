import { type ReplayGroup, type ReplayPlan, replayDurationMs } from '@ledgerbus/replay'
import { printable } from '../output/printable.ts'
import { bytes, counted, duration, grouped, table } from '../output/table.ts'
import { toIso } from '../times/iso.ts'

/** A plan as JSON: every time in RFC 3339. */
export function planView(plan: ReplayPlan, ratePerSecond: number | undefined): object {
  const { selection, summary, plannedAtMs, first, last, ...rest } = plan
  const { fromMs, toMs, ...selected } = selection
  const { firstMs, lastMs, bounds: _sameAsBelow, ...counts } = summary
  const { entries } = summary
  return {
    ...rest,
    plannedAt: toIso(plannedAtMs),
    selection: { from: toIso(fromMs), to: toIso(toMs), ...selected },
    summary: {
      ...counts,
      ...(firstMs !== undefined && { first: toIso(firstMs) }),
      ...(lastMs !== undefined && { last: toIso(lastMs) }),
    },
    ...(first !== undefined && { first: { ...first, timestampMs: undefined, kafkaTime: toIso(first.timestampMs) } }),
    ...(last !== undefined && { last: { ...last, timestampMs: undefined, kafkaTime: toIso(last.timestampMs) } }),
    ...(ratePerSecond !== undefined && { ratePerSecond, expectedDurationMs: replayDurationMs(entries, ratePerSecond) }),
  }
}

/** A plan for people. */
export function planText(plan: ReplayPlan, ratePerSecond: number | undefined): string {
  const { selection, summary, topics, warnings } = plan
  const facts: [string, string][] = [
    ['replay', plan.replayId],
    ['range', `${toIso(selection.fromMs)} to ${toIso(selection.toMs)} (exclusive), ${selection.timeField} time`],
    ...conditions(plan),
    ['entries', `${grouped(summary.entries)} with ${counted(summary.keys, 'key')}, ${bytes(summary.bytes)}`],
    ...samples(plan),
    ['to', plan.target === undefined ? `${topicNames(plan)} (where they came from)` : plan.target],
    ['for', groupsText(plan.targetGroups) || 'no group named yet: --group'],
    ['passed by', groupsText(plan.otherGroups) || 'no other group reads these topics'],
    ['duration', ratePerSecond === undefined ? 'as fast as it goes' : expected(summary.entries, ratePerSecond)],
    ['plan hash', plan.hash],
  ]
  if (summary.entries === 0) return `${factLines(facts)}\n\nnothing to replay: no entry matches`
  return [
    factLines(facts),
    '',
    table(
      ['EVENT', 'VERSION', 'ENTRIES'],
      summary.byName.map(({ name, version, entries }) => [name, version, entries]),
    ),
    '',
    table(
      ['TOPIC', 'ENTRIES', 'PARTITIONS'],
      summary.byTopic.map(({ topic, entries }) => [
        topic,
        entries,
        topics.find(({ name }) => name === topic)?.partitions ?? '-',
      ]),
    ),
    '',
    table(
      ['DAY', 'ENTRIES'],
      summary.byDay.map(({ day, entries }) => [day, entries]),
    ),
    ...(plan.otherGroups.length === 0
      ? []
      : [
          '',
          'Groups passed by skip and count the records if they are built on Ledgerbus; anything else handles them.',
        ]),
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((warning) => `warning: ${printable(warning)}`)]),
  ].join('\n')
}

function factLines(facts: readonly (readonly [string, string])[]): string {
  return facts.map(([name, value]) => `${name.padEnd(10)}  ${printable(value)}`).join('\n')
}

function conditions({ selection }: ReplayPlan): [string, string][] {
  const { names, entityType, entityId, actorType, actorId, correlationId, organizationId, eventIds, statuses } =
    selection
  const all: [string, string | undefined][] = [
    ['events', names?.join(', ')],
    [
      'entity',
      entityType === undefined ? entityId : [entityType, ...(entityId === undefined ? [] : [entityId])].join('/'),
    ],
    ['actor', actorType === undefined ? actorId : [actorType, ...(actorId === undefined ? [] : [actorId])].join('/')],
    ['story', correlationId],
    ['organ.', organizationId],
    ['event ids', eventIds === undefined ? undefined : `${eventIds.length} given`],
    ['status', statuses?.join(', ')],
    ['replays', replaysText(selection.replays)],
  ]
  return all.filter((one): one is [string, string] => one[1] !== undefined)
}

function replaysText(replays: ReplayPlan['selection']['replays']): string | undefined {
  if (replays === 'exclude') return undefined
  return typeof replays === 'string' ? replays : `those of ${replays.id}`
}

function samples({ first, last }: ReplayPlan): [string, string][] {
  const both: [string, ReplayPlan['first']][] = [
    ['first', first],
    ['last', last],
  ]
  return both.flatMap(([name, sample]): [string, string][] => {
    if (sample === undefined) return []
    const what = sample.eventId === undefined ? '' : `  ${sample.name} ${sample.eventId}`
    return [[name, `${toIso(sample.timestampMs)}  ${sample.topic}/${sample.partition}/${sample.offset}${what}`]]
  })
}

function topicNames({ topics }: ReplayPlan): string {
  return topics.map(({ name }) => name).join(', ') || '-'
}

function groupsText(groups: readonly ReplayGroup[]): string {
  return groups
    .map(({ groupId, known, members, lag }) => {
      if (!known) return `${groupId} (unknown to the broker)`
      return `${groupId} (${counted(members, 'member')}${lag === undefined ? '' : `, lag ${grouped(lag)}`})`
    })
    .join(', ')
}

function expected(entries: number, ratePerSecond: number): string {
  return `about ${duration(replayDurationMs(entries, ratePerSecond))} at ${ratePerSecond}/s`
}
