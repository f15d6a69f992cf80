/** What a test may write where a record has bytes: text stands for its UTF-8. */
export type BytesInput = string | Uint8Array | null

const encoder = new TextEncoder()

/** Bytes of their own, so that no two records share a buffer. */
export function toBytes(input: BytesInput): Uint8Array | null {
  if (input === null) return null
  return typeof input === 'string' ? encoder.encode(input) : Uint8Array.from(input)
}
