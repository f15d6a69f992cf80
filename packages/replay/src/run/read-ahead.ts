/**
 * The same items, with the next one being fetched while the caller works on the last: at most one waits. Leaving the loop ends the source.
 */
export async function* readAhead<Item>(source: AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  const iterator = source[Symbol.asyncIterator]()
  let next = fetchNext(iterator)
  try {
    for (;;) {
      const fetched = await next
      if (fetched.kind === 'failed') throw fetched.error
      if (fetched.result.done === true) return
      next = fetchNext(iterator)
      yield fetched.result.value
    }
  } finally {
    await next
    await iterator.return?.()
  }
}

type Fetched<Item> =
  | { readonly kind: 'fetched'; readonly result: IteratorResult<Item> }
  | { readonly kind: 'failed'; readonly error: unknown }

/** Never rejects: nobody may be waiting for it yet. */
async function fetchNext<Item>(iterator: AsyncIterator<Item>): Promise<Fetched<Item>> {
  try {
    return { kind: 'fetched', result: await iterator.next() }
  } catch (error) {
    return { kind: 'failed', error }
  }
}
