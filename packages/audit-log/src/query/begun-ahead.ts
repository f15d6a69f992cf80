/**
 * What several sources give, one source after the other; each is begun when the first item of the one before it is there, so that nobody waits
 * between them. Never more than two are open. Whoever leaves the loop ends both, and waits for that.
 *
 * @param sources each ends with the signal it is given
 */
export async function* begunAhead<Item>(
  sources: Iterable<(signal: AbortSignal) => AsyncIterable<Item>>,
  signal?: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const left = new AbortController()
  const either = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal])
  const rest = sources[Symbol.iterator]()

  function begin(): Begun<Item> | undefined {
    const source = rest.next()
    if (source.done === true) return undefined
    const iterator = source.value(either)[Symbol.asyncIterator]()
    const first = iterator.next()
    // It may fail while nobody waits for it: that is told when somebody does.
    first.catch(() => undefined)
    return { iterator, first }
  }

  let current = begin()
  let ahead: Begun<Item> | undefined
  try {
    while (current !== undefined) {
      let result = await current.first
      ahead = begin()
      for (; result.done !== true; result = await current.iterator.next()) yield result.value
      current = ahead
      ahead = undefined
    }
  } finally {
    left.abort()
    await Promise.allSettled([current, ahead].map(async (begun) => begun?.iterator.return?.()))
  }
}

interface Begun<Item> {
  readonly iterator: AsyncIterator<Item>
  readonly first: Promise<IteratorResult<Item>>
}
