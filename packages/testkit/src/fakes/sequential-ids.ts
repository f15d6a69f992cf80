import type { Ids } from '@ledgerbus/core'

/** Options of {@link createSequentialIds}. */
export interface SequentialIdsOptions {
  /** The first number. @default 1 */
  readonly from?: number
}

/** Ids that tests can foretell: valid UUIDs of version 7, `00000000-0000-7000-8000-000000000001` and rising. */
export function createSequentialIds(options: SequentialIdsOptions = {}): Ids {
  let next = options.from ?? 1
  return {
    next() {
      const id = `00000000-0000-7000-8000-${next.toString(16).padStart(12, '0')}`
      next += 1
      return id
    },
  }
}
