import { type AuditEntry, producedBytes } from '@ledgerbus/core'

/** Bounds of a page; a page goes out whole or not at all. */
export interface PageBounds {
  readonly maxRecords: number
  /** Of keys, values and headers; one entry larger than this makes a page of its own. */
  readonly maxBytes: number
}

/** Cuts a stream into pages, in its order, each with at least one entry. */
export async function* pagesOf(entries: AsyncIterable<AuditEntry>, bounds: PageBounds): AsyncGenerator<AuditEntry[]> {
  let page: AuditEntry[] = []
  let bytes = 0
  for await (const entry of entries) {
    const size = producedBytes(entry.record)
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
