import {
  type ReplayCheck,
  type ReplayGroup,
  type ReplayPlan,
  type ReplaySample,
  replayDurationMs,
} from '@ledgerbus/replay'
import type { PlannedPaceFlags } from '../input/replay-options.ts'
import { printable } from '../output/printable.ts'
import { bytes, counted, duration, grouped, table } from '../output/table.ts'
import { toIso } from '../times/iso.ts'

type Fact = readonly [name: string, value: string]

const longestQuery = 160
/** Also of plans of before they said why: there was no other reason then. */
const noDefinitions = 'no definitions of events were at hand (`events` in ledgerbus.config.ts)'

/** How a run is to be paced where not as planned, as far as it tells how long it takes. */
export type ExpectedPace = PlannedPaceFlags

/** A plan for people, whole. */
export function planText(plan: ReplayPlan, pace: ExpectedPace = {}): string {
  const { summary, topics } = plan
  const facts = [
    ['replay', plan.replayId],
    ...askedFor(plan),
    ...selected(plan),
    ['entries', entriesText(plan)],
    ...samples(plan),
    ...checked(plan),
    ...published(plan),
    ['duration', durationText(plan, pace)],
    ['plan hash', plan.hash],
  ] as const
  if (summary.entries === 0) return blocks(factLines(facts), losses(plan), 'nothing to replay: no entry matches')
  return blocks(
    factLines(facts),
    table(
      ['EVENT', 'VERSION', 'ENTRIES'],
      summary.byName.map(({ name, version, entries }) => [name, version, entries]),
    ),
    table(
      ['TOPIC', 'ENTRIES', 'PARTITIONS'],
      summary.byTopic.map(({ topic, entries }) => [
        topic,
        entries,
        topics.find(({ name }) => name === topic)?.partitions ?? '-',
      ]),
    ),
    table(
      ['DAY', 'ENTRIES'],
      summary.byDay.map(({ day, entries }) => [day, entries]),
    ),
    checkSamples(plan.check),
    ...notices(plan),
    toConfirm(plan),
  )
}

/** What matters of a plan to whoever is about to run it. What is to be confirmed stands in the question. */
export function shortPlanText(plan: ReplayPlan, pace: ExpectedPace): string {
  const facts = [
    ['replay', plan.replayId],
    ...askedFor(plan),
    rangeFact(plan),
    ['entries', entriesText(plan)],
    ...checked(plan),
    ...published(plan),
    ['duration', durationText(plan, pace)],
  ] as const
  return blocks(factLines(facts), ...notices(plan))
}

function blocks(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n')
}

export function factLines(facts: readonly Fact[]): string {
  return facts.map(([name, value]) => `${name.padEnd(10)}  ${printable(value)}`).join('\n')
}

function askedFor({ plannedAtMs, by, reason }: ReplayPlan): Fact[] {
  return [
    ['planned', `${toIso(plannedAtMs)}${by === '' ? '' : ` by ${by}`}`],
    ...(reason === '' ? [] : [['reason', reason] as const]),
  ]
}

function rangeFact({ selection: { fromMs, toMs, timeField } }: ReplayPlan): Fact {
  return ['range', `${toIso(fromMs)} to ${toIso(toMs)} (exclusive), ${timeField} time`]
}

function selected(plan: ReplayPlan): Fact[] {
  const { selection, explanation, readFrom } = plan
  const { names, topics, ranges, eventIds, excludedEventIds, statuses } = selection
  const { correlationId, organizationId, replays, redrives, filter } = selection
  const facts: [string, string | undefined][] = [
    ['read from', readFrom === 'log' ? 'the audit log' : 'Kafka'],
    rangeFact(plan) as [string, string],
    ['events', names?.join(', ')],
    ['entity', subjectText(selection.entityType, selection.entityId)],
    ['actor', subjectText(selection.actorType, selection.actorId)],
    ['story', correlationId],
    ['organ.', organizationId],
    ['topics', topics?.join(', ')],
    ['partitions', ranges?.map(rangeText).join(', ')],
    ['event ids', eventIds && `${grouped(eventIds.length)} given`],
    ['left out', excludedEventIds && counted(excludedEventIds.length, 'event id')],
    ['status', statuses && isUsual(statuses) ? undefined : statuses?.join(', ')],
    ['replays', replaysText(replays)],
    ['redrives', redrives === 'exclude' ? undefined : redrives],
    ['filter', filter],
    ['  on rows', filter === undefined ? undefined : onRowsText(plan)],
    ['  query', filter === undefined ? undefined : cut(explanation?.condition ?? '-')],
  ]
  return facts.filter((one): one is [string, string] => one[1] !== undefined)
}

function onRowsText({ explanation, readFrom }: ReplayPlan): string {
  const source = readFrom === 'log' ? 'the log' : 'Kafka'
  if (explanation?.onRows === undefined) return `nothing: ${source} decides all of it`
  return `${explanation.onRows}, decided here over what ${source} lets pass`
}

/** A query of ClickHouse may be longer than the rest of the plan. */
function cut(query: string): string {
  return query.length <= longestQuery ? query : `${query.slice(0, longestQuery)}... (whole with -o json)`
}

/** What a plan takes where nobody chose: all but what was erased. */
function isUsual(statuses: readonly string[]): boolean {
  return statuses.length === 3 && !statuses.includes('erased')
}

function subjectText(type: string | undefined, id: string | undefined): string | undefined {
  if (type === undefined) return id
  return id === undefined ? type : `${type}/${id}`
}

function rangeText({ topic, partition, from, below }: NonNullable<ReplayPlan['selection']['ranges']>[number]): string {
  const offsets = from === undefined && below === undefined ? '' : `:${from ?? ''}-${below ?? ''}`
  return `${topic}/${partition}${offsets}`
}

function replaysText(replays: ReplayPlan['selection']['replays']): string | undefined {
  if (replays === 'exclude') return undefined
  return typeof replays === 'string' ? replays : `those of ${replays.id}`
}

function entriesText({ summary: { entries, keys, keysCounted, bytes: size }, maxEntries }: ReplayPlan): string {
  const more = keysCounted === 'in-part' ? 'more than ' : ''
  const most = maxEntries === undefined ? '' : `, at most ${grouped(maxEntries)} are run`
  return `${grouped(entries)} with ${more}${counted(keys, 'key')}, ${bytes(size)}${most}`
}

function samples({ first, last }: ReplayPlan): Fact[] {
  return [
    ...(first === undefined ? [] : [['first', sampleText(first)] as const]),
    ...(last === undefined ? [] : [['last', sampleText(last)] as const]),
  ]
}

function sampleText({ topic, partition, offset, timestampMs, eventId, name }: ReplaySample): string {
  const what = eventId === undefined ? [] : [`${name ?? '-'} ${eventId}`]
  return [toIso(timestampMs), `${topic}/${partition}/${offset}`, ...what].join('  ')
}

function checked({ check, unchecked }: ReplayPlan): Fact[] {
  if (check === undefined)
    return [['check', `not checked: ${unchecked === 'not-wanted' ? 'left out when it was planned' : noDefinitions}`]]
  const problems: [string, number][] = [
    ['encoded by a schema registry', check.framed ?? 0],
    ['undecodable', check.undecodable],
    ['of no event that is declared', check.unknown],
    ['with no way to the newest version', check.notUpcast],
    ['refused by the newest version', check.invalid],
  ]
  const said = problems.flatMap(([what, count]) => (count === 0 ? [] : [`${grouped(count)} ${what}`]))
  return [['check', `${grouped(check.entries)} looked at, ${said.join(', ') || 'all fit the definitions'}`]]
}

function checkSamples(check: ReplayCheck | undefined): string | undefined {
  if (check === undefined || check.samples.length === 0) return undefined
  const lines = check.samples.map((sample) => `  ${printable(`${sampleText(sample)}  ${sample.problem}`)}`)
  return ['The definitions can make nothing of, for example:', ...lines].join('\n')
}

function published(plan: ReplayPlan): Fact[] {
  const { content, transform, order, mode, target } = plan
  const made = transform === undefined ? [] : [`through ${transform}`]
  const what = content === 'stored' ? 'the bytes as they were' : 'the newest version of each event'
  const how = order === 'key' ? 'each partition by offset' : 'all by Kafka time'
  return [
    ['to', target ?? `${topicNames(plan)} (where they came from)`],
    ['as', [what, ...made, how, mode].join(', ')],
    ['for', groupsText(plan.targetGroups) || 'no group named yet: --group'],
    ['passed by', groupsText(plan.otherGroups) || 'no other group reads these topics'],
  ]
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

/** Gaps that are cut short make a replay at n times the original speed shorter than its span, never longer. */
function durationText(plan: ReplayPlan, pace: ExpectedPace): string {
  const {
    summary: { entries },
    first,
    last,
  } = plan
  const { rate = plan.ratePerSecond, speed = plan.speed } = pace
  const atRate =
    rate === undefined || rate === Infinity ? [] : [`about ${duration(replayDurationMs(entries, rate))} at ${rate}/s`]
  const spanMs = first === undefined || last === undefined ? 0 : last.timestampMs - first.timestampMs
  const atSpeed =
    speed === undefined || speed === Infinity
      ? []
      : [`up to ${duration(spanMs / speed)} at ${speed} times the original speed`]
  return [...atRate, ...atSpeed].join(', and ') || 'as fast as it goes'
}

function losses({ warnings }: ReplayPlan): string | undefined {
  return warnings.length === 0 ? undefined : warnings.map((warning) => `warning: ${printable(warning)}`).join('\n')
}

function notices(plan: ReplayPlan): (string | undefined)[] {
  const { otherGroups } = plan
  return [
    otherGroups.length === 0
      ? undefined
      : 'Groups passed by skip and count the records if they are built on Ledgerbus; anything else handles them.',
    losses(plan),
  ]
}

function toConfirm({ confirmations }: ReplayPlan): string {
  return confirmations.map((one) => `to confirm: ${printable(one)}`).join('\n')
}
