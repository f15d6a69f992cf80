import type { ConsumerRecord } from '@ledgerbus/core'

/** What runs one after the other: the records of a key, all of a partition, or nothing. */
export type Ordering = 'key' | 'partition' | 'none'

const keyless = 'keyless'

/** Which lane a record runs in; `undefined`: one of its own. */
export function laneKeyOf({ key }: ConsumerRecord, ordering: Ordering): string | undefined {
  switch (ordering) {
    case 'none':
      return undefined
    case 'partition':
      return keyless
    case 'key':
      // Records without a key share the partition's own lane: nobody can tell which of them belong together. One character a byte, so that keys
      // that are no text stay apart; the colon keeps them apart from the keyless.
      return key === null ? keyless : `:${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`
  }
}
