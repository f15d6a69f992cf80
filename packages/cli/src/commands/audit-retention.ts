import type { AuditMonth } from '@ledgerbus/audit-log'
import { firstKeptMonth } from '../audit/first-kept-month.ts'
import type { Edge } from '../edge/edge.ts'
import { openSession } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { wholeNumber } from '../input/values.ts'
import { bytes, counted, table } from '../output/table.ts'
import { write } from '../output/write.ts'
import { toIso } from '../times/iso.ts'

export const auditRetentionCommand: BuildCommand = (command, edge) =>
  withCommon(withClickHouse(command))
    .optionsGroup('What is dropped:')
    .requiredOption('--keep-months <months>', 'keep so many whole months beside the current one', wholeNumber)
    .option('--dry-run', 'show the months that would go, and drop nothing')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
Months are those of Kafka's time, in UTC. What is dropped is gone, on every shard and replica. Records in quarantine belong to no month;
they go by the retention that \`ledgerbus audit migrate\` sets. It needs a user who may alter tables.
${helpAfter(['ledgerbus audit retention --keep-months 13 --dry-run', 'ledgerbus audit retention --keep-months 13 --yes'])}`,
    )
    .action(async (flags) => {
      const session = await openSession(edge, flags)
      const auditLog = await session.auditLog()
      try {
        const keepFrom = firstKeptMonth(flags.keepMonths, edge.clock.nowMs())
        const months = await auditLog.months({ signal: edge.interrupted })
        const old = months.filter(({ month }) => month < keepFrom)
        const isDryRun = flags.dryRun === true
        if (!isDryRun && old.length > 0) {
          await confirmMonths(old, edge, { yes: flags.yes === true })
          await auditLog.dropMonths(
            old.map(({ month }) => month),
            { signal: edge.interrupted },
          )
        }
        await session.printer.value({ keepFrom, dryRun: isDryRun, months: old.map(monthView) }, () =>
          [...(old.length === 0 ? [] : [monthTable(old), '']), summary(old, keepFrom, { isDryRun })].join('\n'),
        )
      } finally {
        await auditLog.close()
      }
    })

/**
 * Asks a person before anything is dropped, with what it is; without a terminal `--yes` has to say it.
 *
 * @throws CommandError `CLI_NOT_CONFIRMED`
 */
async function confirmMonths(
  months: readonly AuditMonth[],
  edge: Edge,
  { yes }: { readonly yes: boolean },
): Promise<void> {
  if (yes) return
  if (edge.stdin.isTTY !== true || edge.stderr.isTTY !== true) {
    throw new CommandError(`dropping ${counted(months.length, 'month')} has to be confirmed`, {
      code: 'CLI_NOT_CONFIRMED',
      remedy: 'look at them with --dry-run, then add --yes',
    })
  }
  await write(edge.stderr, `\n${monthTable(months)}\n\nThis drops ${amount(months)} for good.\n`)
  if (await edge.prompts.confirm('Drop them?')) return
  throw new CommandError('not confirmed; nothing was dropped', { code: 'CLI_NOT_CONFIRMED' })
}

function monthView({ firstMs, lastMs, ...month }: AuditMonth): object {
  return { ...month, firstAt: toIso(firstMs), lastAt: toIso(lastMs) }
}

function monthTable(months: readonly AuditMonth[]): string {
  return table(
    ['MONTH', 'ROWS', 'SIZE', 'FIRST DAY', 'LAST DAY'],
    months.map(({ month, rows, bytes: size, firstMs, lastMs }) => [
      month,
      rows,
      bytes(size),
      day(firstMs),
      day(lastMs),
    ]),
  )
}

function summary(
  months: readonly AuditMonth[],
  keepFrom: string,
  { isDryRun }: { readonly isDryRun: boolean },
): string {
  if (months.length === 0) return `no month before ${keepFrom} holds entries`
  return isDryRun ? `would drop ${amount(months)}, all before ${keepFrom}` : `dropped ${amount(months)}`
}

function amount(months: readonly AuditMonth[]): string {
  const rows = months.reduce((sum, month) => sum + month.rows, 0)
  const size = months.reduce((sum, month) => sum + month.bytes, 0)
  return `${counted(months.length, 'month')} with ${counted(rows, 'row')}, ${bytes(size)}`
}

function day(ms: number): string {
  return toIso(ms).slice(0, 'YYYY-MM-DD'.length)
}
