import type { ConsumerRecord, HeaderVisitor, RecordHeader } from '@ledgerbus/core'
import { countHeaders, findHeader, readHeaders, visitHeaders } from './header-bytes.ts'

/** Where the records of a partition come from. */
export interface FetchPlace {
  readonly cluster: string
  readonly topic: string
  readonly partition: number
}

/** What was read of a record as it arrived. */
export interface FetchedParts {
  readonly offset: bigint
  readonly timestampMs: bigint
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Its headers stand in these bytes from `headersAt` on, and are whole. */
  readonly bytes: Buffer
  readonly headersAt: number
  readonly isMarked: boolean
  readonly byteLength: number
}

const isAscii = /^[\u0001-\u007f]+$/

/**
 * A record as it was fetched. Ten headers a record, as CloudEvents has them, cost more than the rest of it together, and most are never looked at:
 * they are read when they are first asked for.
 *
 * A class, for two reasons of speed: its objects share one shape, and what they keep for the headers is private, so that a record looks
 * like any other to who copies, prints or compares it.
 */
export class FetchedRecord implements ConsumerRecord {
  readonly cluster: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestampMs: bigint
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  declare readonly headers: readonly RecordHeader[]
  readonly #bytes: Buffer
  readonly #headersAt: number
  readonly #isMarked: boolean
  readonly #byteLength: number
  #headers: readonly RecordHeader[] | undefined

  /** The record's own property, not its prototype's: `{ ...record }` and `structuredClone` carry the headers along. Shared, so that all records keep one shape. */
  static readonly #readLate: PropertyDescriptor & ThisType<FetchedRecord> = {
    enumerable: true,
    get() {
      this.#headers ??= readHeaders(this.#bytes, this.#headersAt)
      return this.#headers
    },
  }

  constructor(place: FetchPlace, parts: FetchedParts) {
    this.cluster = place.cluster
    this.topic = place.topic
    this.partition = place.partition
    this.offset = parts.offset
    this.timestampMs = parts.timestampMs
    this.key = parts.key
    this.value = parts.value
    this.#bytes = parts.bytes
    this.#headersAt = parts.headersAt
    this.#isMarked = parts.isMarked
    this.#byteLength = parts.byteLength
    this.#headers = undefined
    Object.defineProperty(this, 'headers', FetchedRecord.#readLate)
  }

  get isMarked(): boolean {
    return this.#isMarked
  }

  get byteLength(): number {
    return this.#byteLength
  }

  get headerCount(): number {
    return countHeaders(this.#bytes, this.#headersAt)
  }

  eachHeader<Context>(context: Context, visit: HeaderVisitor<Context>): void {
    visitHeaders(this.#bytes, this.#headersAt, context, visit)
  }

  lastHeader(name: string): RecordHeader | undefined {
    // Another name may be written in several ways that are read the same, as replacement characters.
    if (this.#headers !== undefined || !isAscii.test(name))
      return this.headers.findLast((header) => header.name === name)
    return findHeader(this.#bytes, this.#headersAt, name)
  }
}
