import type { RedriveGroup, RedrivePlan } from '@ledgerbus/consumer'
import { printable } from '../output/printable.ts'
import { counted, duration, grouped } from '../output/table.ts'
import { toIso } from '../times/iso.ts'
import { countsView, eventTable, fingerprintTable, statusText } from './counts-view.ts'

/** A plan as JSON: every time in RFC 3339. */
export function redrivePlanView(plan: RedrivePlan, ratePerSecond: number | undefined): object {
  const { plannedAtMs, counts, filter, ...rest } = plan
  const { fromMs, toMs, ...conditions } = filter
  return {
    ...rest,
    plannedAt: toIso(plannedAtMs),
    filter: {
      ...conditions,
      ...(fromMs !== undefined && { from: toIso(fromMs) }),
      ...(toMs !== undefined && { to: toIso(toMs) }),
    },
    counts: countsView(counts),
    ...(ratePerSecond !== undefined && { ratePerSecond, expectedDurationMs: (counts.letters / ratePerSecond) * 1_000 }),
  }
}

/** A plan for people. */
export function redrivePlanText(plan: RedrivePlan, ratePerSecond: number | undefined): string {
  const { counts, source, destinations, warnings } = plan
  const facts: [string, string | undefined][] = [
    ['redrive', plan.redriveId],
    ['from', source.deadLetterTopic],
    ['letters', `${grouped(counts.letters)} with ${counted(counts.keys, 'key')}${rangeText(plan)}`],
    ['copies', counts.copies === 0 ? undefined : `${grouped(counts.copies)} that a crash left, counted once`],
    ['beyond', plan.beyondLimit === 0 ? undefined : `${grouped(plan.beyondLimit)} more than --limit`],
    ['left', statusText(plan.left) || undefined],
    [
      'no origin',
      plan.withoutOrigin === 0 ? undefined : `${grouped(plan.withoutOrigin)}: name it with --source-topic and --group`,
    ],
    ['to', destinations.map(({ topic, letters }) => `${topic} (${grouped(letters)})`).join(', ') || 'nowhere'],
    ['seen by', plan.to === 'nowhere' ? undefined : groupsText(plan)],
    ['reason', plan.reason],
    [
      'duration',
      ratePerSecond === undefined
        ? undefined
        : `about ${duration((counts.letters / ratePerSecond) * 1_000)} at ${ratePerSecond}/s`,
    ],
    ['plan hash', plan.hash],
  ]
  const lines = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(10)}  ${printable(value)}`],
  )
  if (counts.letters === 0) return `${lines.join('\n')}\n\nnothing to redrive: no dead letter fits`
  return [
    ...lines,
    '',
    fingerprintTable(counts),
    '',
    eventTable(counts),
    ...(warnings.length === 0 ? [] : ['', ...warnings.map((warning) => `warning: ${printable(warning)}`)]),
  ].join('\n')
}

function rangeText({ counts: { firstFailedAtMs, lastFailedAtMs } }: RedrivePlan): string {
  if (firstFailedAtMs === undefined || lastFailedAtMs === undefined) return ''
  return `, failed from ${toIso(firstFailedAtMs)} to ${toIso(lastFailedAtMs)}`
}

function groupsText({ seenBy, to }: RedrivePlan): string {
  const only = to === 'group' ? ', no other group' : ''
  return seenBy.length === 0 ? 'nobody' : `${seenBy.map(groupText).join(', ')}${only}`
}

function groupText({ groupId, members, failed }: RedriveGroup): string {
  return `${groupId} (${failed ? 'failed, ' : ''}${counted(members, 'member')})`
}
