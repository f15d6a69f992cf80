import type { ValueFormat } from '@ledgerbus/core'

/** A value that is not JSON itself, as JSON. */
export interface DecodedValue {
  readonly format: Exclude<ValueFormat, 'json'>
  /** JSON text of the envelope. */
  readonly json: string
}

/**
 * Decodes values in the wire format of a schema registry: those that begin with a zero byte and the id of a schema. `decode` of the schema
 * registry in `@ledgerbus/kafka` is one.
 *
 * What it throws decides: a `LedgerbusError` with `retriable` means "not now", and the sink waits, for a registry that is away makes no
 * record undecodable; anything else means "never", and the record is stored as undecodable with that message.
 */
export type DecodeValue = (value: Uint8Array, options: { readonly signal: AbortSignal }) => Promise<DecodedValue>

/** Whether a value is framed as a schema registry's clients do: a zero byte and four bytes of id. */
export function isFramed(value: Uint8Array | null): value is Uint8Array {
  return value !== null && value.length >= 5 && value[0] === 0
}
