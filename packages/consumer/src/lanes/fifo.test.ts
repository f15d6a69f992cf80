import { describe, expect, it } from 'vitest'
import { createFifo } from './fifo.ts'

describe('fifo', () => {
  it('gives in the order it took, however many pass through it', () => {
    const fifo = createFifo<number>()
    const taken: (number | undefined)[] = []
    for (let number = 0; number < 3_000; number += 1) {
      fifo.push(number)
      if (number % 3 !== 0) taken.push(fifo.shift())
    }
    expect(fifo.size).toBe(1_000)
    while (fifo.size > 0) {
      expect(fifo.peek()).toBe(taken.length)
      taken.push(fifo.shift())
    }

    expect(taken).toEqual(Array.from({ length: 3_000 }, (_, number) => number))
    expect(fifo.shift()).toBeUndefined()
    expect(fifo.peek()).toBeUndefined()
  })

  it('is empty after it was drained', () => {
    const fifo = createFifo<string>()
    for (const item of ['a', 'b', 'c']) fifo.push(item)
    fifo.shift()

    expect(fifo.drain()).toEqual(['b', 'c'])
    expect(fifo.size).toBe(0)
  })
})
