import { Option } from '@commander-js/extra-typings'
import type { AuditDimension, AuditInterval, AuditStats, AuditStatsGroup } from '@ledgerbus/core'
import { withAuditLog } from '../edge/connect.ts'
import { openSession } from '../edge/session.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { requireKnownNames } from '../input/known-entries.ts'
import { toSelection, withFilter, withSelection } from '../input/selection-options.ts'
import { wholeUpTo } from '../input/values.ts'
import { bytes, counted, table } from '../output/table.ts'
import { toIso } from '../times/iso.ts'

const dimensions = ['name', 'topic', 'status', 'organization', 'actor'] as const satisfies readonly AuditDimension[]
const intervals = ['minute', 'hour', 'day', 'week'] as const satisfies readonly AuditInterval[]

export const logsStatsCommand: BuildCommand = (command, edge) =>
  withCommon(withClickHouse(withFilter(withSelection(command))))
    .optionsGroup('Counted by:')
    .addOption(new Option('--by <what...>', 'what tells groups apart').choices(dimensions))
    .addOption(new Option('--interval <length>', 'also over time, in UTC').choices(intervals))
    .option('--limit <n>', 'at most so many groups, 1 to 100000; the rest is one sum', wholeUpTo(100_000), 100)
    .addHelpText(
      'after',
      helpAfter([
        'ledgerbus logs stats --from -2h --by name status',
        "ledgerbus logs stats --event 'order.*' --interval hour -o jsonl",
      ]),
    )
    .action(async (flags) => {
      const session = await openSession(edge, flags)
      const selection = toSelection(flags, edge.clock.nowMs())
      const { by = [], interval, limit } = flags
      const stats = await withAuditLog(session, async (auditLog) => {
        const options = { by, limit, signal: edge.interrupted, ...(interval !== undefined && { interval }) }
        const found = await auditLog.stats(selection, options)
        if (found.entries === 0) await requireKnownNames(selection, auditLog, session.settings)
        return found
      })
      const groups = stats.groups.map(groupView)
      if (session.printer.format === 'jsonl') return session.printer.all('groups', groups, () => '')
      const { entries, bytes: size, rest = null } = stats
      await session.printer.value({ entries, bytes: size, rest, groups }, () => asText(stats, by, interval))
    })

function groupView({ fromMs, ...facts }: AuditStatsGroup): object {
  return { ...(fromMs !== undefined && { from: toIso(fromMs) }), ...facts }
}

function asText(
  { entries, bytes: size, groups, rest }: AuditStats,
  by: readonly AuditDimension[],
  interval?: AuditInterval,
): string {
  const total = `${counted(entries, 'entry', 'entries')}, ${bytes(size)}`
  if (groups.length === 0 || (by.length === 0 && interval === undefined)) return total
  const head = [
    ...(interval === undefined ? [] : ['FROM']),
    ...by.map((dimension) => dimension.toUpperCase()),
    'ENTRIES',
    'BYTES',
  ]
  const rows = groups.map((group) => [
    ...(group.fromMs === undefined ? [] : [toIso(group.fromMs)]),
    ...by.map((dimension) => cellOf(group, dimension)),
    group.entries,
    bytes(group.bytes),
  ])
  const left =
    rest === undefined
      ? []
      : [`and ${counted(rest.entries, 'entry', 'entries')}, ${bytes(rest.bytes)}, in groups beyond --limit`]
  return [table(head, rows), ...left, total].join('\n')
}

function cellOf({ name, topic, status, organizationId, actor }: AuditStatsGroup, dimension: AuditDimension): string {
  switch (dimension) {
    case 'name':
      return name ?? '-'
    case 'topic':
      return topic ?? '-'
    case 'status':
      return status ?? '-'
    case 'organization':
      return organizationId ?? '-'
    case 'actor':
      return actor === undefined ? '-' : `${actor.type}/${actor.id}`
  }
}
