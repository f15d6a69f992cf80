import { producedBytes, type ProducerRecord } from '@ledgerbus/core'

/** Letters of a page: enough that a transaction is worth its round trips, few enough that it ends long before its time-out. */
const mostLetters = 500
const mostBytes = 4_000_000
/** Before it is known how large they are. */
const firstLetters = 50

/** How many letters to read for a page, going by the size of those read before: the plan does not know how large a letter is. */
export interface PageSize {
  readonly letters: number
  /** Learns from what was read. */
  read(records: readonly ProducerRecord[]): void
}

export function createPageSize(): PageSize {
  let letters = firstLetters
  return {
    get letters() {
      return letters
    },
    read(records) {
      const bytes = records.reduce((sum, record) => sum + producedBytes(record), 0)
      if (bytes === 0) return
      const fitting = Math.floor((mostBytes * records.length) / bytes)
      letters = Math.min(Math.max(fitting, 1), mostLetters)
    },
  }
}

/** Items in their order, cut so that no part is larger than a page may be, but for one item that is larger by itself. */
export function* cutIntoPages<Item>(
  items: readonly Item[],
  recordOf: (item: Item) => ProducerRecord | undefined,
): Generator<Item[]> {
  let page: Item[] = []
  let bytes = 0
  for (const item of items) {
    const record = recordOf(item)
    const size = record === undefined ? 0 : producedBytes(record)
    if (page.length > 0 && bytes + size > mostBytes) {
      yield page
      page = []
      bytes = 0
    }
    page.push(item)
    bytes += size
  }
  if (page.length > 0) yield page
}
