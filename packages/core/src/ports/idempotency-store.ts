import type { WaitOptions } from './wait-options.ts'

/**
 * What a claim found. `claimed`: nobody handled it, and the claim is ours. `done`: handled before. `busy`: somebody else is at it; ask again later.
 */
export type IdempotencyClaim = 'claimed' | 'done' | 'busy'

/**
 * Remembers what was handled, so that a record that comes twice is handled once. It narrows the window and does not close it: a process that dies after its
 * handler and before `complete` handles again. Whoever needs more keeps the key in the transaction of the handler's own writes.
 *
 * Only success is remembered. Calls may reject: what cannot be known is neither done nor new, and the consumer waits.
 */
export interface IdempotencyStore {
  /**
   * Claims a key for one attempt. Of several at once one gets it.
   *
   * @param holdMs after this time, in milliseconds, the claim no longer stands: whoever held it is taken for dead
   */
  claim(key: string, holdMs: number, options?: WaitOptions): Promise<IdempotencyClaim>
  /** The attempt succeeded; the key is `done` from now on. */
  complete(key: string, options?: WaitOptions): Promise<void>
  /** The attempt failed: the key is free again. */
  release(key: string, options?: WaitOptions): Promise<void>
}
