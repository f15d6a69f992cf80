import type { AuditEntry } from '@ledgerbus/core'

/** Bounds of a page; a page goes out whole or not at all. */
export interface PageBounds {
  readonly maxRecords: number
  /** Of keys, values and headers; one entry larger than this makes a page of its own. */
  readonly maxBytes: number
}

/** What Kafka's record format adds to key, value and headers, at most. */
const overheadBytes = 70

function bytesOf({ record }: AuditEntry): number {
  const headers = record.headers.reduce((sum, { name, value }) => sum + name.length + (value?.byteLength ?? 0), 0)
  return (record.key?.byteLength ?? 0) + (record.value?.byteLength ?? 0) + headers + overheadBytes
}

/** Cuts a stream into pages, in its order, each with at least one entry. */
export async function* pagesOf(entries: AsyncIterable<AuditEntry>, bounds: PageBounds): AsyncGenerator<AuditEntry[]> {
  let page: AuditEntry[] = []
  let bytes = 0
  for await (const entry of entries) {
    const size = bytesOf(entry)
    if (page.length > 0 && (page.length >= bounds.maxRecords || bytes + size > bounds.maxBytes)) {
      yield page
      page = []
      bytes = 0
    }
    page.push(entry)
    bytes += size
  }
  if (page.length > 0) yield page
}
