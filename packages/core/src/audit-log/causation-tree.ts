import type { Envelope } from '../envelope/envelope.ts'
import type { AuditEntry, AuditTraceStep } from '../ports/audit-log.ts'

interface Event {
  readonly id: string
  readonly envelope: Envelope
  readonly entry: AuditEntry
  readonly repeats: AuditEntry[]
  readonly children: Event[]
}

/**
 * The events of a story as a tree, written out from causes to effects with their depth. Every event stands in it once, whatever its causes say: one
 * whose cause is not among them begins a tree, and of events that cause each other in a circle the first does.
 *
 * Ids are compared as UUIDs are, without regard to capitals. Entries without an event are left out.
 */
export function causationTree(entries: readonly AuditEntry[]): readonly AuditTraceStep[] {
  const events = eventsOf(entries)
  const roots: Event[] = []
  for (const event of events.values()) {
    const parent = events.get(event.envelope.causationId?.toLowerCase() ?? '')
    if (parent === undefined || parent === event) roots.push(event)
    else parent.children.push(event)
  }
  const steps: AuditTraceStep[] = []
  const seen = new Set<Event>()
  for (const root of roots.sort(byTime)) writeTree(root, { steps, seen, events })
  // What no root leads to hangs on a circle.
  for (const event of [...events.values()].sort(byTime)) {
    if (!seen.has(event)) writeTree(event, { steps, seen, events, isInCircle: true })
  }
  return steps
}

function eventsOf(entries: readonly AuditEntry[]): ReadonlyMap<string, Event> {
  const events = new Map<string, Event>()
  for (const entry of entries) {
    if (entry.reading.status !== 'ok') continue
    const { envelope } = entry.reading
    const id = envelope.eventId.toLowerCase()
    const known = events.get(id)
    if (known === undefined) events.set(id, { id, envelope, entry, repeats: [], children: [] })
    else known.repeats.push(entry)
  }
  return events
}

/** Without recursion: a chain of causes may be as long as the story. */
function writeTree(
  root: Event,
  written: {
    readonly steps: AuditTraceStep[]
    readonly seen: Set<Event>
    readonly events: ReadonlyMap<string, Event>
    readonly isInCircle?: true
  },
): void {
  const { steps, seen, events, isInCircle } = written
  const waiting: { readonly event: Event; readonly depth: number }[] = [{ event: root, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { event, depth } = next
    if (seen.has(event)) continue
    seen.add(event)
    const causationId = event.envelope.causationId
    const isElsewhere = causationId !== undefined && !events.has(causationId.toLowerCase())
    const causesItself = causationId?.toLowerCase() === event.id
    steps.push({
      entry: event.entry,
      depth,
      ...(isElsewhere && { cause: { eventId: causationId } }),
      ...((causesItself || (isInCircle === true && depth === 0)) && { isInCircle: true }),
      ...(event.repeats.length > 0 && { repeats: event.repeats }),
    })
    for (const child of event.children.sort(byTime).toReversed()) waiting.push({ event: child, depth: depth + 1 })
  }
}

function byTime(left: Event, right: Event): number {
  const byEvent = left.envelope.timestamp < right.envelope.timestamp ? -1 : 1
  if (left.envelope.timestamp !== right.envelope.timestamp) return byEvent
  return left.entry.record.offset < right.entry.record.offset ? -1 : 1
}
