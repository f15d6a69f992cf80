/** One header. Names may repeat and keep their order; a null value is legal in Kafka. */
export interface RecordHeader {
  readonly name: string
  readonly value: Uint8Array | null
}

/** Told where the bytes of a header stand; a null value has a negative start. */
export type HeaderVisitor<Context> = (
  context: Context,
  bytes: Uint8Array,
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
) => void

/** What a producer hands to the broker. */
export interface ProducerRecord {
  /** `null`: no key; such records have no order among others of their topic. */
  readonly key: Uint8Array | null
  /** `null`: a tombstone. */
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeader[]
  /** Milliseconds since 1970, set once by the caller, so that a repeated try carries the same time. */
  readonly timestampMs: bigint
}

/**
 * The identity of a record. A topic that was deleted and created again starts at offset 0; Kafka's timestamp
 * tells its records from the old ones.
 */
export interface Coordinates {
  readonly cluster: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Kafka's timestamp of the record, in milliseconds since 1970. */
  readonly timestampMs: bigint
}

/** A record as read from the broker: its coordinates and its bytes, untouched. */
export interface ConsumerRecord extends Coordinates {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** An adapter may read them when they are first asked for. */
  readonly headers: readonly RecordHeader[]
  /** Whether the name of a header begins with `lb-`, where that is known without reading the headers. Ask `isMarked`. */
  readonly isMarked?: boolean
  /** Bytes of key, value and headers together, where they are known without reading the headers. Ask `recordBytes`. */
  readonly byteLength?: number
  /** How many headers there are, where that is known without reading them; goes with `eachHeader`. */
  readonly headerCount?: number
  /**
   * Goes over the headers in their order without making anything of them, where an adapter can: for whoever copies them as bytes.
   */
  eachHeader?<Context>(context: Context, visit: HeaderVisitor<Context>): void
  /** The last header of a name, where one can be found without reading the others. Ask `recordHeaderText`. */
  lastHeader?(name: string): RecordHeader | undefined
}
