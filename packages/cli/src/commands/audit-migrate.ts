import type { MigrateOptions, MigrationReport } from '@ledgerbus/audit-log'
import { openSession } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { wholeNumber } from '../input/values.ts'

export const auditMigrateCommand: BuildCommand = (command, edge) =>
  withCommon(withClickHouse(command))
    .optionsGroup('How long entries are kept, by the time of Kafka (400 days, or what the tables say):')
    .option('--retention-days <days>', 'so many days', wholeNumber)
    .option('--retention-months <months>', 'so many whole months beside the current one', wholeNumber)
    .optionsGroup('Where older entries lie (where the tables say):')
    .option('--storage-policy <name>', 'a storage policy of the server')
    .option('--cold-volume <name>', 'the volume of that policy to which they go')
    .option('--cold-after-days <days>', 'after so many days', wholeNumber)
    .addHelpText(
      'after',
      `
It bears being run again, and by two at once; it needs a user who may create and alter tables. A shorter retention deletes.
${helpAfter(['ledgerbus audit migrate', 'ledgerbus audit migrate --retention-months 13'])}`,
    )
    .action(async (flags) => {
      const options = toMigrateOptions(flags)
      const session = await openSession(edge, flags)
      const auditLog = await session.auditLog()
      try {
        const report = await auditLog.migrate({ ...options, signal: edge.interrupted })
        await session.printer.value({ ...report }, () => asText(report))
      } finally {
        await auditLog.close()
      }
    })

interface StorageFlags {
  readonly retentionDays?: number | undefined
  readonly retentionMonths?: number | undefined
  readonly storagePolicy?: string | undefined
  readonly coldVolume?: string | undefined
  readonly coldAfterDays?: number | undefined
}

function toMigrateOptions(flags: StorageFlags): MigrateOptions {
  const { retentionDays, retentionMonths, storagePolicy: policy, coldVolume: volume, coldAfterDays: afterDays } = flags
  if (retentionDays !== undefined && retentionMonths !== undefined) {
    throw new CommandError('--retention-days and --retention-months exclude each other', { code: 'CLI_USAGE' })
  }
  const given = [policy, volume, afterDays].filter((one) => one !== undefined).length
  if (given > 0 && given < 3) {
    throw new CommandError('--storage-policy, --cold-volume and --cold-after-days go together', { code: 'CLI_USAGE' })
  }
  return {
    ...(retentionDays !== undefined && { retentionDays }),
    ...(retentionMonths !== undefined && { retentionMonths }),
    ...(policy !== undefined &&
      volume !== undefined &&
      afterDays !== undefined && { tiering: { policy, volume, afterDays } }),
  }
}

function asText({ applied, present }: MigrationReport): string {
  return [...present.map((name) => `present  ${name}`), ...applied.map((name) => `applied  ${name}`)].join('\n')
}
