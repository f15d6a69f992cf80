/** A stream that is read one ahead, so that two of them can be walked side by side. */
export interface Pulled<Item> {
  /** The item that comes next; `undefined` at the end. */
  peek(): Promise<Item | undefined>
  /** Takes it. */
  next(): Promise<Item | undefined>
  /** Ends the stream early. */
  close(): Promise<void>
}

export function pulled<Item>(items: AsyncIterable<Item>): Pulled<Item> {
  const iterator = items[Symbol.asyncIterator]()
  let held: IteratorResult<Item, unknown> | undefined

  async function peek(): Promise<Item | undefined> {
    held ??= await iterator.next()
    return held.done === true ? undefined : held.value
  }

  return {
    peek,
    async next() {
      const item = await peek()
      if (held?.done !== true) held = undefined
      return item
    },
    async close() {
      await iterator.return?.()
    },
  }
}
