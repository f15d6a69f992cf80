import type { EventDefinition } from '../definition/event-definition.ts'
import { EventValidationError } from '../errors/event-validation-error.ts'
import type { Envelope } from './envelope.ts'

/** Most bytes of a record's key. */
const maxKeyBytes = 65_536
const encoder = new TextEncoder()

/**
 * The key of an event's record: what the publish said, else what the definition says. `null`: none.
 *
 * @param given the publish's own `key`; `undefined`: it did not say
 * @throws EventValidationError for an empty key, one above 64 KiB, or a key function that threw or returned something else
 */
export function recordKeyOf(definition: EventDefinition, event: Envelope, given?: string | null): string | null {
  const key: unknown = given === undefined ? callKey(definition, event) : given
  if (key === null) return null
  if (typeof key !== 'string' || key === '') {
    throw invalid(event, 'must be a text that is not empty, or null for none')
  }
  // Two bytes and more a character only where the short test cannot tell.
  if (key.length * 3 > maxKeyBytes && encoder.encode(key).length > maxKeyBytes) {
    throw invalid(event, `has more than ${maxKeyBytes} bytes`)
  }
  return key
}

function callKey(definition: EventDefinition, event: Envelope): unknown {
  try {
    return definition.key(event)
  } catch (cause) {
    throw invalid(event, 'the key function of the definition threw, see the cause', cause)
  }
}

function invalid(event: Envelope, message: string, cause?: unknown): EventValidationError {
  return new EventValidationError(event.name, [{ path: 'key', message }], { cause })
}
