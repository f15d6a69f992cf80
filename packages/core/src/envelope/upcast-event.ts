import type { EventDefinition } from '../definition/event-definition.ts'
import { readsVersion } from '../definition/known-versions.ts'
import { frozenCopy, plainCopy } from '../definition/plain-copy.ts'
import type { Upcaster, UpcastFacts } from '../definition/upcaster.ts'
import type { EventIssue } from '../errors/event-issue.ts'
import { EventValidationError } from '../errors/event-validation-error.ts'
import type { Envelope, EventPayload } from './envelope.ts'
import { isPlainObject, jsonFindings } from './json-value.ts'

/**
 * An event in the newest version of its definition, through the upcasters, not validated; `publishedVersion` says which version it was. What needs no
 * upcaster, or has none to begin with, comes back as it is: an event of the newest version, of an unknown version, of another name. The envelope that was
 * given is never changed.
 *
 * @throws EventValidationError `EVENT_UPCAST_FAILED` when an upcaster throws, or returns what is no payload
 */
export function upcastEvent(definition: EventDefinition, envelope: Envelope): Envelope {
  const { name, version } = envelope
  if (name !== definition.name || version === definition.version || !readsVersion(definition, version)) return envelope
  const { payload, publishedVersion = version, ...own } = envelope
  let facts: UpcastFacts
  let current: EventPayload
  try {
    facts = frozenCopy(own)
    current = frozenCopy(payload)
  } catch (cause) {
    throw failed(name, version, [{ path: 'payload', message: 'cannot be copied as JSON, see the cause' }], cause)
  }
  for (let from = version; from < definition.version; from += 1) {
    // The version is read, so it has an upcaster, and so has each above it.
    const upcaster = definition.upcast?.[from] as Upcaster
    current = frozenCopy(step(upcaster, { payload: current, facts, from }))
  }
  // A handler may do with its event what it likes.
  return { ...own, version: definition.version, payload: plainCopy(current), publishedVersion }
}

function step(
  upcaster: Upcaster,
  { payload, facts, from }: { readonly payload: EventPayload; readonly facts: UpcastFacts; readonly from: number },
): EventPayload {
  let result: unknown
  try {
    result = upcaster(payload, facts)
  } catch (cause) {
    throw failed(facts.name, from, [{ path: 'payload', message: 'it threw, see the cause' }], cause)
  }
  const issues = resultIssues(result)
  if (issues.length > 0) throw failed(facts.name, from, issues)
  return result as EventPayload
}

function resultIssues(result: unknown): readonly EventIssue[] {
  if (isPlainObject(result)) return jsonFindings('payload', result, 1).issues
  if (!(result instanceof Promise)) return [{ path: 'payload', message: 'must be an object' }]
  // Nobody waits for it: without this, its rejection would end the process.
  result.catch(() => undefined)
  return [{ path: 'payload', message: 'is a promise; upcasters are synchronous' }]
}

function failed(name: string, from: number, issues: readonly EventIssue[], cause?: unknown): EventValidationError {
  const placed = issues.map(({ path, message }) => ({ path, message: `upcast from version ${from}: ${message}` }))
  return new EventValidationError(name, placed, { code: 'EVENT_UPCAST_FAILED', cause })
}
