/** The same items until the signal: a pipe that nobody writes to any more must not keep the command waiting. */
export async function* endedBy<Item>(signal: AbortSignal, items: AsyncIterable<Item>): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]()
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => {
      resolve(undefined)
    })
  })
  for (;;) {
    const next = await Promise.race([aborted, iterator.next()])
    if (next === undefined || next.done === true) return
    yield next.value
  }
}
