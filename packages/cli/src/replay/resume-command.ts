import type { ReplayPlan } from '@ledgerbus/replay'
import type { SettingFlags } from '../config/settings.ts'
import { toIso } from '../times/iso.ts'

/** The command that goes on where a replay ended: every flag that makes the same plan again in the same place, times absolute. The confirmation is not
 * among them: it is given anew. */
export function resumeCommand(
  plan: ReplayPlan,
  options: SettingFlags & { readonly cursor: string; readonly rate?: number | undefined },
): string {
  const { selection } = plan
  const flags: [string, string | undefined][] = [
    ['--from', toIso(selection.fromMs)],
    ['--to', toIso(selection.toMs)],
    ['--time-field', selection.timeField === 'event' ? undefined : selection.timeField],
    ...(selection.names ?? []).map((name): [string, string] => ['--event', name]),
    ['--entity', subject(selection.entityType, selection.entityId)],
    ['--actor', subject(selection.actorType, selection.actorId)],
    ['--correlation', selection.correlationId],
    ['--organization', selection.organizationId],
    ...(selection.topics ?? []).map((topic): [string, string] => ['--topic', topic]),
    ...(selection.eventIds ?? []).map((eventId): [string, string] => ['--event-id', eventId]),
    ...(selection.statuses ?? []).map((status): [string, string] => ['--status', status]),
    [
      '--replays',
      typeof selection.replays === 'string' && selection.replays !== 'exclude' ? selection.replays : undefined,
    ],
    ...plan.groups.map((group): [string, string] => ['--group', group]),
    ['--target', plan.target],
    ['--reason', plan.reason],
    ['--rate', options.rate?.toString()],
    ['--brokers', options.brokers?.join(',')],
    ['--clickhouse-url', options.clickhouseUrl],
    ['--config', options.config],
    ['--replay-id', plan.replayId],
    ['--after', options.cursor],
  ]
  const given = flags.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${quoted(value)}`]))
  return `ledgerbus replay ${given.join(' ')}`
}

function subject(type: string | undefined, id: string | undefined): string | undefined {
  if (type === undefined) return undefined
  return id === undefined ? type : `${type}/${id}`
}

/** For a POSIX shell. */
function quoted(value: string): string {
  return /^[\w./:@=+,-]+$/u.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
}
