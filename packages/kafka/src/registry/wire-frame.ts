import { SchemaRegistryError } from './schema-registry-error.ts'

const headerBytes = 5

/** A value in Confluent's wire format, taken apart. */
export interface WireFrame {
  readonly schemaId: number
  readonly payload: Uint8Array
}

/** Whether a value begins as one in the wire format does. JSON text never begins with a zero byte. */
export function isFramed(value: Uint8Array | null): value is Uint8Array {
  return value !== null && value.length >= headerBytes && value[0] === 0
}

/** @throws SchemaRegistryError `SCHEMA_FRAME_INVALID` */
export function readFrame(value: Uint8Array): WireFrame {
  const [first = -1] = value
  if (first !== 0 || value.length < headerBytes) {
    const what = first === 0 || value.length === 0 ? `has ${value.length} bytes` : `begins with byte ${first}`
    throw new SchemaRegistryError(
      `a value in the wire format is byte 0, the id of a schema in four bytes, and the encoded value; this one ${what}`,
      { code: 'SCHEMA_FRAME_INVALID' },
    )
  }
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  return { schemaId: view.getInt32(1), payload: value.subarray(headerBytes) }
}
