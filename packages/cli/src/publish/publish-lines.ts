import { type EventDefinition, type EventInput, type EventRegistry, isLedgerbusError } from '@ledgerbus/core'
import type { Producer } from '@ledgerbus/producer'
import { didYouMean } from '../input/closest-names.ts'
import type { Line } from '../input/lines.ts'

/** A line that is no event of ours. It holds no payload. */
export interface LineProblem {
  readonly line: number
  readonly code: string
  readonly problem: string
}

/** What became of the lines. */
export interface PublishLinesReport {
  readonly published: number
  /** Lines that fit no definition; they were left out. */
  readonly invalid: number
  /** Certainly not in Kafka. */
  readonly failed: number
  /** In Kafka or not: nobody knows. */
  readonly unknown: number
  /** The first hundred lines that were not published, in the order they were found. */
  readonly problems: readonly LineProblem[]
  /** The error that ended the reading before the last line. */
  readonly error?: Error
}

export interface PublishLinesOptions {
  readonly registry: EventRegistry
  readonly producer: Producer
  readonly signal: AbortSignal
  readonly onProblem: (problem: LineProblem) => void
}

/** Publishes waited for at once; the producer batches them. */
const maxUnderWay = 1_000
/** Problems that the report holds; there may be as many as lines. */
export const maxProblems = 100
/** Faults of one line, not of the connection: the next one may be fine. */
const lineFaults = new Set(['EVENT_INVALID', 'EVENT_SCHEMA_FAILED', 'EVENT_VERSION_UNKNOWN', 'PUBLISH_TOO_LARGE'])

/** Publishes line after line, in order. Goes on behind a line that is wrong, stops reading when publishing itself fails. */
export async function publishLines(
  lines: AsyncIterable<Line>,
  { registry, producer, signal, onProblem }: PublishLinesOptions,
): Promise<PublishLinesReport> {
  const underWay = new Set<Promise<void>>()
  const problems: LineProblem[] = []
  const counts = { published: 0, invalid: 0, failed: 0, unknown: 0 }
  let error: Error | undefined

  function tell(problem: LineProblem): void {
    if (problems.length < maxProblems) problems.push(problem)
    onProblem(problem)
  }

  function settle(line: number, thrown: unknown): void {
    const code = isLedgerbusError(thrown) ? thrown.code : 'CLI_UNEXPECTED'
    const problem = thrown instanceof Error ? thrown.message : String(thrown)
    if (lineFaults.has(code)) counts.invalid += 1
    else if (isLedgerbusError(thrown) && thrown.outcome === 'unknown') counts.unknown += 1
    else counts.failed += 1
    if (!lineFaults.has(code)) error ??= thrown instanceof Error ? thrown : new Error(problem)
    tell({ line, code, problem })
  }

  for await (const line of lines) {
    if (signal.aborted || error !== undefined) break
    const read = readLine(line, registry)
    if ('problem' in read) {
      counts.invalid += 1
      tell(read)
      continue
    }
    const publish = producer.publish(read.definition, read.input).then(
      () => {
        counts.published += 1
      },
      (thrown: unknown) => {
        settle(line.number, thrown)
      },
    )
    underWay.add(publish)
    void publish.then(() => underWay.delete(publish))
    if (underWay.size >= maxUnderWay) await Promise.race(underWay)
  }
  await Promise.all(underWay)
  return { ...counts, problems, ...(error !== undefined && { error }) }
}

type ReadLine = LineProblem | { readonly definition: EventDefinition; readonly input: EventInput<EventDefinition> }

function readLine({ number, text }: Line, registry: EventRegistry): ReadLine {
  const bad = (problem: string, code = 'CLI_LINE_INVALID'): LineProblem => ({ line: number, code, problem })
  if (text === undefined) return bad('it is no UTF-8, or longer than 8 MB')
  const value = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('it is no JSON object')
  const { name, ...input } = value as Record<string, unknown>
  if (typeof name !== 'string') return bad('name: the name of the event is missing')
  const definition = registry.find(name)
  if (definition === undefined) {
    const known = registry.definitions.map((one) => one.name)
    return bad(`name: no event ${name} is declared${didYouMean(name, known)}`, 'CLI_EVENT_UNKNOWN')
  }
  // The producer checks it against the definition, field by field.
  return { definition, input }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the message of JSON.parse quotes the line, and with it the payload
  }
}
