/**
 * What several sources give, as it comes; the first that fails ends all. Whoever leaves the loop ends every source, and waits for that.
 *
 * @param sources each ends with the signal it is given
 */
export async function* merged<Item>(
  sources: readonly ((signal: AbortSignal) => AsyncIterable<Item>)[],
  signal?: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const left = new AbortController()
  const either = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal])
  const iterators = sources.map((source) => source(either)[Symbol.asyncIterator]())
  const pending = new Map(iterators.map((iterator) => [iterator, nextOf(iterator)]))
  try {
    while (pending.size > 0) {
      const { iterator, result } = await Promise.race(pending.values())
      if (result.done === true) {
        pending.delete(iterator)
        continue
      }
      pending.set(iterator, nextOf(iterator))
      yield result.value
    }
  } finally {
    left.abort()
    await Promise.allSettled(pending.values())
  }
}

/** Its next item. A source may fail while nobody waits for it: that is told when somebody does. */
function nextOf<Item>(iterator: AsyncIterator<Item>) {
  const next = iterator.next().then((result) => ({ iterator, result }))
  next.catch(() => undefined)
  return next
}
