import { type ConsumerRecord, headerText } from '@ledgerbus/core'
import { deadLetterHeaders } from '../dead-letter/dead-letter-headers.ts'

/** What runs one after the other: the records of a key, all of a partition, or nothing. */
export type Ordering = 'key' | 'partition' | 'none'

/** The same, and where keys are parked: the records of a key for one handler. */
export type LaneOrdering = Ordering | 'handler-and-key'

const keyless = 'keyless'

/** Which lane a record runs in; `undefined`: one of its own. */
export function laneKeyOf(record: ConsumerRecord, ordering: LaneOrdering): string | undefined {
  switch (ordering) {
    case 'none':
      return undefined
    case 'partition':
      return keyless
    case 'key':
      return nameOfKey(record.key)
    case 'handler-and-key':
      return parkedKeyOf(headerText(record.headers, deadLetterHeaders.handler) ?? '', record.key)
  }
}

/** One character a byte, so that keys that are no text stay apart; the colon keeps them apart from the keyless. */
function nameOfKey(key: Uint8Array | null): string {
  // Records without a key share the partition's own lane: nobody can tell which of them belong together.
  return key === null ? keyless : `:${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`
}

/** A key, as it waits for one handler: no name of a handler ends where another begins. */
export function parkedKeyOf(handlerName: string, key: Uint8Array | null): string {
  return `${handlerName.length} ${handlerName} ${nameOfKey(key)}`
}
