import type {
  AuditEntry,
  AuditLogReader,
  AuditSelection,
  AuditStory,
  AuditTrace,
  AuditTraceStep,
} from '../ports/audit-log.ts'
import type { WaitOptions } from '../ports/wait-options.ts'
import { causationTree } from './causation-tree.ts'

const usualLimit = 1_000
const maxLimit = 10_000
const maxBytes = 64 * 1024 * 1024

/**
 * The trace of a story over any log: what `AuditLogReader.trace` promises, for those who fulfil the port. It holds the story in memory, so it is cut
 * at the limit and at 64 MiB of values.
 */
export async function traceOf(
  log: Pick<AuditLogReader, 'read'>,
  story: AuditStory,
  options: WaitOptions & { readonly limit?: number },
): Promise<AuditTrace> {
  const { limit = usualLimit, ...wait } = options
  const most = Math.min(Math.max(Math.trunc(limit), 1), maxLimit)
  const correlationId = await correlationOf(log, story, wait)
  if (correlationId === undefined) return { steps: [], isCut: false }
  const { entries, isCut } = await upTo(log, { correlationId }, most, wait)
  const steps = causationTree(entries)
  return {
    ...(entries.length > 0 && { correlationId }),
    steps: await withCausesElsewhere(log, steps, wait),
    isCut,
  }
}

async function correlationOf(
  log: Pick<AuditLogReader, 'read'>,
  story: AuditStory,
  wait: WaitOptions,
): Promise<string | undefined> {
  if ('correlationId' in story) return story.correlationId
  const [entry] = (await upTo(log, { eventIds: [story.eventId] }, 1, wait)).entries
  return entry?.reading.status === 'ok' ? entry.reading.envelope.correlationId : undefined
}

/** Causes that are in none of the story's events may stand under another correlation id. */
async function withCausesElsewhere(
  log: Pick<AuditLogReader, 'read'>,
  steps: readonly AuditTraceStep[],
  wait: WaitOptions,
): Promise<readonly AuditTraceStep[]> {
  const missing = [...new Set(steps.flatMap(({ cause }) => (cause === undefined ? [] : [cause.eventId.toLowerCase()])))]
  if (missing.length === 0) return steps
  const found = new Map<string, AuditEntry>()
  const { entries } = await upTo(log, { eventIds: missing }, maxLimit, wait)
  for (const entry of entries) {
    if (entry.reading.status === 'ok') found.set(entry.reading.envelope.eventId.toLowerCase(), entry)
  }
  return steps.map((step) => {
    const entry = step.cause === undefined ? undefined : found.get(step.cause.eventId.toLowerCase())
    return step.cause === undefined || entry === undefined ? step : { ...step, cause: { ...step.cause, entry } }
  })
}

/** First-hand records only: what a replay published is the same story told again. */
async function upTo(
  log: Pick<AuditLogReader, 'read'>,
  selection: AuditSelection,
  most: number,
  wait: WaitOptions,
): Promise<{ readonly entries: readonly AuditEntry[]; readonly isCut: boolean }> {
  const entries: AuditEntry[] = []
  let bytes = 0
  for await (const entry of log.read(selection, { ...wait, order: 'oldest' })) {
    if (entries.length === most || bytes >= maxBytes) return { entries, isCut: true }
    entries.push(entry)
    bytes += entry.record.value?.length ?? 0
  }
  return { entries, isCut: false }
}
