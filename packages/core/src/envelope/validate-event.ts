import type { EventDefinition, EventOf } from '../definition/event-definition.ts'
import { knownVersions } from '../definition/known-versions.ts'
import type { EventIssue } from '../errors/event-issue.ts'
import { EventValidationError, payloadError } from '../errors/event-validation-error.ts'
import type { Envelope } from './envelope.ts'
import { checkPayloadLoosely } from './payload-check.ts'
import { upcastEvent } from './upcast-event.ts'

/**
 * Checks an event that was read against its definition. An older version that the definition has upcasters for becomes the newest first, with
 * `publishedVersion`; the schemas of the newest check it, once. Loose: keys that no schema declares stay, since a newer publisher may send more than this
 * service knows; only a `z.strictObject()` of the user's own refuses them. What the schemas fill in (defaults) is filled in.
 *
 * @throws EventValidationError `EVENT_INVALID`, `EVENT_VERSION_UNKNOWN`, `EVENT_UPCAST_FAILED`, `EVENT_SCHEMA_FAILED`
 */
export function validateEvent<Definition extends EventDefinition>(
  definition: Definition,
  read: Envelope,
): EventOf<Definition> {
  if (read.name !== definition.name) {
    throw new EventValidationError(read.name, [{ path: 'name', message: `is not ${definition.name}` }])
  }
  const envelope = upcastEvent(definition, read)
  if (envelope.version !== definition.version) {
    const message = `is ${envelope.version}; this service knows ${knownVersions(definition)}`
    throw new EventValidationError(envelope.name, [{ path: 'version', message }], { code: 'EVENT_VERSION_UNKNOWN' })
  }
  const issues: EventIssue[] = []
  if (definition.requireEntity && envelope.entity === undefined) {
    issues.push({ path: 'entity', message: 'is missing; the definition requires it' })
  }
  if (definition.requireActor && envelope.actor === undefined) {
    issues.push({ path: 'actor', message: 'is missing; the definition requires it' })
  }
  const checked = checkPayloadLoosely(definition.payload, envelope.payload)
  if (checked.kind === 'failed') throw payloadError(envelope.name, [...issues, ...checked.issues], checked.thrown)
  if (issues.length > 0) throw new EventValidationError(envelope.name, issues)
  // Checked against the definition above; the compiler cannot follow that.
  return { ...envelope, payload: checked.payload } as unknown as EventOf<Definition>
}
