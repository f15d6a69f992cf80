/** What is left of an entry whose bytes were erased. */
export interface Erasure {
  /** How the record was read before. */
  readonly was: 'ok' | 'tombstone' | 'undecodable'
  /** The event it was; absent where there was none. */
  readonly event?: {
    readonly eventId: string
    readonly name: string
    readonly version: number
    /** RFC 3339. */
    readonly timestamp: string
    readonly organizationId?: string
  }
  /** Why, as whoever asked for it said. */
  readonly reason: string
  /** Who asked for it. */
  readonly by: string
  /** In milliseconds since 1970. */
  readonly erasedAtMs: number
  /**
   * SHA-256 of what was erased (status, key, value, headers), in hexadecimal: seals and comparisons with Kafka hold on to it. Who has a guess at all
   * of the bytes can test it.
   */
  readonly sha256: string
}
