import { createHash } from 'node:crypto'

/** What makes up a record, but for its place. */
export interface DigestedRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestampMs: bigint | string
  readonly headers: readonly { readonly name: string; readonly value: Uint8Array | null }[]
}

/**
 * A digest of key, value, time and headers: 128 bits of SHA-256, as text.
 *
 * Headers count by name, and values of one name in their order, as the client of the witness can say no more. `headers: 'in-order'` takes them as they come.
 */
export function recordDigest(
  record: DigestedRecord,
  { headers = 'by-name' }: { readonly headers?: 'by-name' | 'in-order' } = {},
): string {
  const hash = createHash('sha256')
  function add(bytes: Uint8Array | string | null): void {
    // The length goes first, so that no two records run together into the same bytes; null and empty differ.
    hash.update(bytes === null ? '-;' : `${Buffer.byteLength(bytes)};`)
    if (bytes !== null) hash.update(bytes)
  }
  add(record.key)
  add(record.value)
  add(String(record.timestampMs))
  const named =
    headers === 'in-order'
      ? record.headers
      : record.headers.toSorted((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0))
  for (const { name, value } of named) {
    add(name)
    add(value)
  }
  return hash.digest('base64url').slice(0, 22)
}

/** Headers that a replay adds begin like this. */
const markPrefix = 'lb-replay-'

/** A digest of what a replay leaves as it was: key, value and headers, without Kafka's time and without the marks of a replay. */
export function bareDigest(
  record: Omit<DigestedRecord, 'timestampMs'>,
  options: { readonly headers?: 'by-name' | 'in-order' } = {},
): string {
  const headers = record.headers.filter(({ name }) => !name.startsWith(markPrefix))
  return recordDigest({ ...record, headers, timestampMs: '' }, options)
}
