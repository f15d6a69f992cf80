import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createEventRegistry } from '@ledgerbus/core'
import { createProducer } from '@ledgerbus/producer'
import type { Edge } from '../edge/edge.ts'
import { Interruption } from '../edge/interruption.ts'
import { openSession } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { endedBy } from '../input/ended-by.ts'
import { linesOf } from '../input/lines.ts'
import { requireEvents } from '../input/require-events.ts'
import { counted, grouped } from '../output/table.ts'
import { printable } from '../output/printable.ts'
import { unlessClosed, write } from '../output/write.ts'
import { maxProblems, type PublishLinesReport, publishLines } from '../publish/publish-lines.ts'

export const publishCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(command))
    .argument('[file]', 'NDJSON; without it, or with -, stdin is read')
    .option('--source <name>', 'who publishes; stands in every event', 'ledgerbus')
    .addHelpText(
      'after',
      `
Each line is one event, in the words of publish() and with its name:
  {"name":"order.created","entityId":"o-1","actor":{"type":"user","id":"u-1"},"payload":{"after":{"total":100}}}
A line that fits no definition is reported with its number and left out; the others are published.
${helpAfter(['ledgerbus publish events.ndjson', 'cat events.ndjson | ledgerbus publish --source import'])}`,
    )
    .action(async (file, flags) => {
      const session = await openSession(edge, flags)
      const events = requireEvents(session.settings)
      const input = await openInput(file, edge)
      const isJson = session.printer.format === 'json' || session.printer.format === 'jsonl'
      const producer = createProducer({
        broker: await session.broker(),
        source: flags.source,
        events,
        clock: edge.clock,
        ids: edge.ids,
        logger: session.logger,
      })
      try {
        await producer.start({ signal: edge.interrupted })
        let problems = 0
        const report = await publishLines(linesOf(endedBy(edge.interrupted, input)), {
          registry: createEventRegistry(events),
          producer,
          signal: edge.interrupted,
          onProblem: ({ line, code, problem }) => {
            problems += 1
            // As JSON they stand in the report, as many as it holds; people are told as they are found.
            if (isJson && problems <= maxProblems) return
            write(edge.stderr, `line ${line}: ${code}: ${printable(problem)}\n`).catch(() => undefined)
          },
        })
        const { error: _, ...facts } = report
        await unlessClosed(session.printer.value(facts, () => asText(report)))
        requireAll(report, edge)
      } finally {
        await producer.close()
      }
    })

async function openInput(file: string | undefined, edge: Edge): Promise<AsyncIterable<Uint8Array | string>> {
  if (file === undefined || file === '-') {
    if (edge.stdin.isTTY !== true) return edge.stdin
    throw new CommandError('there is nothing to publish', {
      code: 'CLI_USAGE',
      remedy: 'name a file, or pipe NDJSON in',
    })
  }
  try {
    const handle = await open(resolve(edge.cwd, file))
    // A folder opens well, and fails when it is read.
    if (!(await handle.stat()).isDirectory()) return handle.createReadStream()
    await handle.close()
  } catch (error) {
    throw new CommandError(`${file} cannot be read`, { code: 'CLI_USAGE', cause: error })
  }
  throw new CommandError(`${file} cannot be read: it is a folder`, { code: 'CLI_USAGE' })
}

function asText({ published, invalid, failed, unknown }: PublishLinesReport): string {
  const parts = [
    `published ${grouped(published)}`,
    ...(invalid > 0 ? [`${grouped(invalid)} invalid`] : []),
    ...(failed > 0 ? [`${grouped(failed)} failed`] : []),
    ...(unknown > 0 ? [`${grouped(unknown)} unknown`] : []),
  ]
  return parts.join(', ')
}

/** Not all lines published is no success, whatever the number that was. */
function requireAll(report: PublishLinesReport, edge: Edge): void {
  const { published, invalid, failed, unknown, error } = report
  if (edge.interrupted.reason instanceof Interruption && error === undefined) {
    throw new CommandError(`interrupted; ${counted(published, 'event')} published, later lines were not read`, {
      code: 'CLI_INTERRUPTED',
    })
  }
  if (invalid + failed + unknown === 0) return
  if (published + unknown === 0) {
    if (error !== undefined) throw error
    throw new CommandError(`none of ${grouped(invalid)} lines is an event of the definitions; nothing was published`, {
      code: 'CLI_INPUT_INVALID',
      remedy: 'the lines above name what is wrong, with their numbers',
    })
  }
  throw new CommandError(`${asText(report)}; the numbers of the lines stand above`, {
    code: 'CLI_PARTLY_DONE',
    remedy:
      unknown > 0
        ? 'look into the topic for the lines in doubt before publishing them again; an eventId of its own makes a line recognisable'
        : 'mend the lines named above and publish only them: the others are in Kafka',
    ...(error !== undefined && { cause: error }),
  })
}
