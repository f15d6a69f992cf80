import type { AuditLog, AuditTimelineStep, ValueChange } from '@ledgerbus/core'
import { withAuditLog } from '../edge/connect.ts'
import { openSession } from '../edge/session.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { countOrAll, oneEntity } from '../input/values.ts'
import { changeLine } from '../output/change-line.ts'
import { entryLine, entryView } from '../output/entry-view.ts'
import { type Style, styleFor } from '../output/style.ts'
import { write } from '../output/write.ts'
import { parseTime } from '../times/parse-time.ts'

export const logsTimelineCommand: BuildCommand = (command, edge) =>
  withCommon(withClickHouse(command))
    .argument('<type/id>', 'the entity, e.g. order/o-1', oneEntity)
    .optionsGroup('Which entries:')
    .option('--from <time>', 'from this time on: 2026-01-31 (midnight UTC), 2026-01-31T12:00:00Z, -2h, now')
    .option('--to <time>', 'up to this time, exclusive')
    .option('--organization <id>', 'of this organization')
    .optionsGroup('How many:')
    .option('--limit <n>', 'the first so many entries, or all', countOrAll, 1_000)
    .addHelpText(
      'after',
      helpAfter(['ledgerbus logs timeline order/o-1', 'ledgerbus logs timeline order/o-1 --from 2026-01-31 -o jsonl']),
    )
    .action(async (entity, flags) => {
      const session = await openSession(edge, flags)
      const nowMs = edge.clock.nowMs()
      const selection = {
        entityType: entity.type,
        entityId: entity.id,
        ...(flags.from !== undefined && { fromMs: parseTime(flags.from, { flag: '--from', nowMs }) }),
        ...(flags.to !== undefined && { toMs: parseTime(flags.to, { flag: '--to', nowMs }) }),
        ...(flags.organization !== undefined && { organizationId: flags.organization }),
      }
      const style = styleFor(edge.stdout, edge.env)
      await withAuditLog(session, async (auditLog) => {
        const told = { count: 0, isCut: false }
        const steps = firstSteps(auditLog.timeline(selection, { signal: edge.interrupted }), flags.limit, told)
        await session.printer.list('steps', steps, {
          item: stepView,
          text: (step) => stepText(step, style),
          rest: () => ({ isCut: told.isCut }),
        })
        if (session.printer.format !== 'text') return
        if (told.count === 0) await write(edge.stderr, `nothing happened to ${entity.type}/${entity.id}\n`)
        if (told.isCut) await write(edge.stderr, 'there is more: raise --limit\n')
      })
    })

async function* firstSteps(
  steps: ReturnType<AuditLog['timeline']>,
  limit: number,
  told: { count: number; isCut: boolean },
): AsyncGenerator<AuditTimelineStep> {
  for await (const step of steps) {
    if (told.count === limit) {
      told.isCut = true
      return
    }
    told.count += 1
    yield step
  }
}

function stepView({ entry, changes, against, isCut }: AuditTimelineStep): object {
  return { against, changes, changesAreCut: isCut, ...entryView(entry) }
}

function stepText({ entry, changes, isCut }: AuditTimelineStep, style: Style): string {
  const lines = changes.map((change: ValueChange) => `  ${changeLine(change, style)}`)
  return [entryLine(entry), ...lines, ...(isCut ? ['  ...'] : [])].join('\n')
}
