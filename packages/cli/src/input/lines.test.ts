import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Line, linesOf } from './lines.ts'

async function* chunksOf(chunks: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array | string> {
  yield* chunks
}

async function collect(chunks: readonly (Uint8Array | string)[]): Promise<Line[]> {
  const lines: Line[] = []
  for await (const line of linesOf(chunksOf(chunks))) lines.push(line)
  return lines
}

describe('lines', () => {
  it('are numbered from 1, blank ones counted and left out', async () => {
    expect(await collect(['{"a":1}\n\n  \n{"b":2}\n'])).toEqual([
      { number: 1, text: '{"a":1}' },
      { number: 4, text: '{"b":2}' },
    ])
  })

  it('need no line end at the end', async () => {
    expect(await collect(['a\nb'])).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: 'b' },
    ])
  })

  it('are the same however the bytes are cut', async () => {
    const text = fc.array(
      fc.string({ unit: 'grapheme', maxLength: 10 }).filter((line) => !/[\n]/u.test(line)),
      { maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat({ max: 60 }), { maxLength: 6 }), async (lines, cuts) => {
        const bytes = Buffer.from(lines.join('\n'))
        const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length]
        const chunks = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end))
        expect(await collect(chunks)).toEqual(await collect([bytes]))
      }),
    )
  })

  it('say which one is no UTF-8, and go on', async () => {
    expect(await collect([Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a, 0x62])])).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: undefined },
      { number: 3, text: 'b' },
    ])
  })

  it('drop a line longer than any event without keeping it in memory', async () => {
    const long = 'x'.repeat(3_000_000)
    expect(await collect([long, long, long, '\nb\n'])).toEqual([
      { number: 1, text: undefined },
      { number: 2, text: 'b' },
    ])
  })
})
