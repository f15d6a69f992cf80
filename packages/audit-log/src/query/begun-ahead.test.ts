import { describe, expect, it } from 'vitest'
import { begunAhead } from './begun-ahead.ts'

interface Log {
  readonly steps: string[]
}

/** Sources of items with names, that tell what is done with them. */
function sources(log: Log, contents: Readonly<Record<string, readonly string[]>>) {
  return Object.entries(contents).map(
    ([name, items]) =>
      async function* source(signal: AbortSignal) {
        log.steps.push(`${name} begun`)
        try {
          for (const item of items) {
            await Promise.resolve()
            signal.throwIfAborted()
            yield item
          }
        } finally {
          log.steps.push(`${name} ended`)
        }
      },
  )
}

describe('sources that are begun ahead', () => {
  it('give their items one source after the other', async () => {
    const log: Log = { steps: [] }
    const items: string[] = []
    for await (const item of begunAhead(sources(log, { a: ['a1', 'a2'], b: [], c: ['c1'] }))) items.push(item)
    expect(items).toEqual(['a1', 'a2', 'c1'])
  })

  it('are begun once the one before has its first item, and never more than one ahead', async () => {
    const log: Log = { steps: [] }
    const begun = begunAhead(sources(log, { a: ['a1', 'a2'], b: ['b1'], c: ['c1'] }))
    expect(await begun.next()).toMatchObject({ value: 'a1' })
    expect(log.steps).toEqual(['a begun', 'b begun'])
    await begun.next()
    expect(await begun.next()).toMatchObject({ value: 'b1' })
    expect(log.steps).toEqual(['a begun', 'b begun', 'a ended', 'c begun'])
    await begun.return()
  })

  it('are all ended when the loop is left', async () => {
    const log: Log = { steps: [] }
    for await (const _ of begunAhead(sources(log, { a: ['a1', 'a2'], b: ['b1', 'b2'], c: ['c1'] }))) break
    expect(log.steps.toSorted()).toEqual(['a begun', 'a ended', 'b begun', 'b ended'])
  })

  it('tell a failure only when its turn comes', async () => {
    const log: Log = { steps: [] }
    const failing = (): AsyncIterable<string> => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('b is broken')) }),
    })
    const [first] = sources(log, { a: ['a1', 'a2'] })
    if (first === undefined) throw new Error('there is one')
    const begun = begunAhead([first, failing])
    expect(await begun.next()).toMatchObject({ value: 'a1' })
    expect(await begun.next()).toMatchObject({ value: 'a2' })
    await expect(begun.next()).rejects.toThrow('b is broken')
  })

  it('end with the reason of the signal', async () => {
    const controller = new AbortController()
    const log: Log = { steps: [] }
    const begun = begunAhead(sources(log, { a: ['a1', 'a2'], b: ['b1'] }), controller.signal)
    await begun.next()
    controller.abort(new Error('enough'))
    await expect(begun.next()).rejects.toThrow('enough')
    expect(log.steps.filter((step) => step.endsWith('ended')).toSorted()).toEqual(['a ended', 'b ended'])
  })
})
