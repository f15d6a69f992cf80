import { Option } from '@commander-js/extra-typings'
import type { AuditExportFormat } from '@ledgerbus/core'
import { withAuditLog } from '../edge/connect.ts'
import { openSession } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { toSelection, withFilter, withSelection } from '../input/selection-options.ts'
import { bytes } from '../output/table.ts'
import { writeFileWhole } from '../output/write-file-whole.ts'
import { write } from '../output/write.ts'

const formats = ['jsonl', 'parquet'] as const satisfies readonly AuditExportFormat[]

export const logsExportCommand: BuildCommand = (command, edge) =>
  withCommon(withClickHouse(withFilter(withSelection(command))))
    .optionsGroup('Where to:')
    .addOption(
      new Option('--format <format>', 'one JSON object a line, or a Parquet file')
        .choices(formats)
        .default('jsonl' as const),
    )
    .option('--file <path>', 'this file, whole or not at all, instead of stdout')
    .addHelpText(
      'after',
      helpAfter([
        "ledgerbus logs export --event 'order.*' --from -2h",
        "ledgerbus logs export --filter 'payload.after.total >= 100' --format jsonl",
      ]),
    )
    .action(async (flags) => {
      const { format, file } = flags
      if (format === 'parquet' && file === undefined && edge.stdout.isTTY === true) {
        throw new CommandError('Parquet is no text for a terminal', {
          code: 'CLI_USAGE',
          remedy: 'name a file with --file, or send stdout somewhere',
        })
      }
      const session = await openSession(edge, flags)
      const selection = toSelection(flags, edge.clock.nowMs())
      await withAuditLog(session, async (auditLog) => {
        const chunks = auditLog.export(selection, { format, signal: edge.interrupted })
        if (file === undefined) {
          for await (const chunk of chunks) await write(edge.stdout, chunk)
          return
        }
        const written = await writeFileWhole(edge, file, chunks)
        await session.printer.value({ file, format, bytes: written }, () => `${file}: ${bytes(written)}`)
      })
    })
