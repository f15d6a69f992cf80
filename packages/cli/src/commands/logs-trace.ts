import type { AuditLog, AuditTrace, AuditTraceStep } from '@ledgerbus/core'
import { withAuditLog } from '../edge/connect.ts'
import { openSession } from '../edge/session.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { wholeUpTo } from '../input/values.ts'
import { entryLine, entryView } from '../output/entry-view.ts'
import { treeLines } from '../output/tree-lines.ts'
import { write } from '../output/write.ts'

const exampleCorrelation = '00000000-0000-7000-8000-0000000000c1'
const exampleEvent = '00000000-0000-7000-8000-000000000005'

export const logsTraceCommand: BuildCommand = (command, edge) =>
  withCommon(withClickHouse(command))
    .argument('<id>', 'a correlation id, or the id of any event')
    .optionsGroup('How many:')
    .option('--limit <n>', 'at most so many entries, 1 to 10000', wholeUpTo(10_000), 1_000)
    .addHelpText(
      'after',
      helpAfter([`ledgerbus logs trace ${exampleCorrelation}`, `ledgerbus logs trace ${exampleEvent} -o json`]),
    )
    .action(async (id, flags) => {
      const session = await openSession(edge, flags)
      const wait = { limit: flags.limit, signal: edge.interrupted }
      const trace = await withAuditLog(session, (auditLog) => traceOfEither(auditLog, id, wait))
      if (session.printer.format === 'jsonl') await session.printer.all('steps', trace.steps.map(stepView), () => '')
      else {
        const { correlationId = null, isCut } = trace
        const facts = { correlationId, isCut, steps: trace.steps.map(stepView) }
        if (trace.steps.length > 0 || session.printer.format !== 'text') {
          await session.printer.value(facts, () => treeLines(trace.steps, stepLine).join('\n'))
        }
      }
      if (session.printer.format !== 'text') return
      if (trace.steps.length === 0) await write(edge.stderr, 'no event has this id, and no correlation\n')
      if (trace.isCut)
        await write(edge.stderr, `there is more: the trace ends at ${trace.steps.length} events; raise --limit\n`)
    })

/** Nobody remembers which of the two an id is. */
async function traceOfEither(
  auditLog: AuditLog,
  id: string,
  wait: { readonly limit: number; readonly signal: AbortSignal },
): Promise<AuditTrace> {
  const trace = await auditLog.trace({ correlationId: id }, wait)
  return trace.steps.length > 0 ? trace : auditLog.trace({ eventId: id }, wait)
}

function stepView({ entry, depth, cause, isInCircle, repeats = [] }: AuditTraceStep): object {
  return {
    depth,
    ...(cause !== undefined && {
      causeElsewhere: { eventId: cause.eventId, ...(cause.entry && { entry: entryView(cause.entry) }) },
    }),
    ...(isInCircle === true && { isInCircle }),
    ...(repeats.length > 0 && { repeats: repeats.map(entryView) }),
    ...entryView(entry),
  }
}

function stepLine({ entry, cause, isInCircle, repeats = [] }: AuditTraceStep): string {
  const notes = [
    ...(cause === undefined ? [] : [`caused by ${cause.eventId}, ${whereIs(cause)}`]),
    ...(isInCircle === true ? ['its causes lead back to it'] : []),
    ...(repeats.length === 0 ? [] : [`published ${repeats.length + 1} times`]),
  ]
  return `${entryLine(entry)}${notes.length === 0 ? '' : `  (${notes.join('; ')})`}`
}

function whereIs({ entry }: NonNullable<AuditTraceStep['cause']>): string {
  if (entry === undefined) return 'not in the log'
  return entry.reading.status === 'erased' ? 'which was erased' : 'of another correlation'
}
