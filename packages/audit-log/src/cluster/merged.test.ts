import { describe, expect, it } from 'vitest'
import { merged } from './merged.ts'

/** Gives its items, then waits for the signal. */
function endless(items: readonly string[], ended: string[]) {
  return async function* (signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    try {
      yield* items
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      })
    } finally {
      ended.push(items.join())
    }
  }
}

describe('sources that are merged', () => {
  it('give all that each of them has, each in its order, and end with the last', async () => {
    const sources = [['a1', 'a2', 'a3'], [], ['b1', 'b2']].map(
      (items) =>
        async function* () {
          yield* items
        },
    )
    const seen: string[] = []
    for await (const item of merged(sources)) seen.push(item)
    expect(seen.filter((item) => item.startsWith('a'))).toEqual(['a1', 'a2', 'a3'])
    expect(seen.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2'])
  })

  it('are all ended before the loop is left', async () => {
    const ended: string[] = []
    for await (const item of merged([endless(['a'], ended), endless(['b'], ended)])) {
      if (item === 'b') break
    }
    expect(ended.toSorted()).toEqual(['a', 'b'])
  })

  it('end with the reason of the signal', async () => {
    const ended: string[] = []
    const stop = new AbortController()
    const reading = (async () => {
      for await (const item of merged([endless(['a'], ended), endless(['b'], ended)], stop.signal)) {
        if (item === 'b') stop.abort(new Error('enough'))
      }
    })()
    await expect(reading).rejects.toThrow('enough')
    expect(ended.toSorted()).toEqual(['a', 'b'])
  })

  it('fail with the first that fails', async () => {
    const ended: string[] = []
    const failing = async function* (): AsyncGenerator<string, void, undefined> {
      yield 'c'
      throw new Error('broken')
    }
    const reading = (async () => {
      for await (const _ of merged([endless(['a'], ended), failing]));
    })()
    await expect(reading).rejects.toThrow('broken')
    expect(ended).toEqual(['a'])
  })
})
