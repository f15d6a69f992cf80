import type { ValueFormat, WaitOptions } from '@ledgerbus/core'

/** How a value in Confluent's wire format is encoded. Protobuf is not read: the encodings of its clients do not agree. */
export type SchemaFormat = Exclude<ValueFormat, 'json'>

/** A schema as it is registered. */
export interface SchemaDefinition {
  readonly format: SchemaFormat
  /** JSON Schema or Avro, as text or as an object. */
  readonly schema: string | object
}

/** A value read through its schema. */
export interface DecodedValue {
  readonly format: SchemaFormat
  readonly schemaId: number
  /** JSON text: the original one of `confluent-json`; of `confluent-avro` one made from the decoded value, bytes as base64. */
  readonly json: string
}

/** Options of {@link createSchemaRegistry}. */
export interface SchemaRegistryOptions {
  /** The registry's Confluent API, e.g. `https://registry:8081`. */
  readonly url: string
  readonly username?: string
  readonly password?: string
  /** Longest wait for one answer, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number
}

/**
 * Values in Confluent's wire format: a zero byte, the id of a schema in four bytes, the encoded value. Schemas once read are kept, so that
 * their values are read also while the registry is away.
 *
 * What it throws is a `SchemaRegistryError`. If it is `retriable` the registry is away or refuses just now, and nothing is said about the value.
 */
export interface SchemaRegistry {
  /** Whether the bytes are framed as such a value. */
  isEncoded(value: Uint8Array | null): value is Uint8Array
  /** @throws SchemaRegistryError `SCHEMA_FRAME_INVALID`, `SCHEMA_UNKNOWN`, `SCHEMA_VALUE_INVALID`, `SCHEMA_FORMAT_UNSUPPORTED`, ... */
  decode(value: Uint8Array, options?: WaitOptions): Promise<DecodedValue>
  /** @throws SchemaRegistryError `SCHEMA_VALUE_INVALID` with the paths, ... */
  encode(schemaId: number, value: unknown, options?: WaitOptions): Promise<Uint8Array>
  /**
   * Registers a schema under a subject, under the compatibility rule that is in force there. The same schema again has the same id.
   *
   * @returns its id
   * @throws SchemaRegistryError `SCHEMA_INCOMPATIBLE`, `SCHEMA_INVALID`, ...
   */
  register(subject: string, definition: SchemaDefinition, options?: WaitOptions): Promise<number>
}
