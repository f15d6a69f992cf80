import type { EventDefinition } from '../definition/event-definition.ts'
import { EventValidationError } from '../errors/event-validation-error.ts'
import type { Envelope } from './envelope.ts'
import { isWellFormed, utf8Length } from './text-rules.ts'

/** Most bytes of a record's key. */
const maxKeyBytes = 65_536

/** What is wrong with a record's key. */
export function keyProblem(key: unknown): string | undefined {
  if (key === null) return undefined
  if (typeof key !== 'string' || key === '') return 'must be a text that is not empty, or null for none'
  if (!isWellFormed(key)) return 'must not contain halves of surrogate pairs'
  return utf8Length(key) > maxKeyBytes ? `has more than ${maxKeyBytes} bytes` : undefined
}

/**
 * The key of an event's record: what the publish said, else what the definition says. `null`: none.
 *
 * @param given the publish's own `key`; `undefined`: it did not say
 * @throws EventValidationError for an empty key, one above 64 KiB, or a key function that threw or returned something else
 */
export function recordKeyOf(definition: EventDefinition, event: Envelope, given?: string | null): string | null {
  const key = given === undefined ? callKey(definition, event) : given
  const message = keyProblem(key)
  if (message !== undefined) throw new EventValidationError(event.name, [{ path: 'key', message }])
  return key
}

function callKey(definition: EventDefinition, event: Envelope): string | null {
  try {
    return definition.key(event)
  } catch (cause) {
    const message = 'the key function of the definition threw, see the cause'
    throw new EventValidationError(event.name, [{ path: 'key', message }], { code: 'EVENT_SCHEMA_FAILED', cause })
  }
}
