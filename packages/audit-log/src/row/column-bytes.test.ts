import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPieceStore, pieceBytes } from './piece-store.ts'
import { ColumnBytes } from './column-bytes.ts'
import { createRowBinaryReader } from './row-binary-reader.ts'
import { createRowBinaryWriter } from './row-binary-writer.ts'

const column = (): ColumnBytes => new ColumnBytes(createPieceStore())
const all = (bytes: ColumnBytes): Buffer => Buffer.concat(bytes.slice(0, bytes.length))

function textsOf(bytes: Uint8Array): readonly string[] {
  const reader = createRowBinaryReader(bytes)
  const found: string[] = []
  while (reader.position < bytes.length) found.push(reader.text())
  return found
}

describe('the bytes of a column', () => {
  it('hold every text, as RowBinary has it, across pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 60 }), (texts) => {
        const [bytes, writer] = [column(), createRowBinaryWriter()]
        for (const text of texts) {
          bytes.text(text)
          writer.text(text)
        }
        expect(all(bytes).equals(writer.written())).toBe(true)
        expect(bytes.length).toBe(writer.written().length)
      }),
    )
  })

  it.each([0, 1, 41, 42, 43, 47, 48, 49, 127, 128, 16_383, 16_384, pieceBytes + 70_000])(
    'hold a value of %i bytes, however it is given',
    (length) => {
      const value = Buffer.alloc(length, 'é')
      const bytes = column()
      bytes.bytes(value)
      bytes.span(Buffer.concat([Buffer.from('before'), value, Buffer.from('behind')]), 6, 6 + length)
      bytes.text('end')
      const reader = createRowBinaryReader(all(bytes))
      for (let copy = 0; copy < 2; copy += 1) expect(Buffer.from(reader.bytes()).equals(value)).toBe(true)
      expect(reader.text()).toBe('end')
    },
  )

  it('hold numbers exactly', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.maxSafeInteger(),
        (unsigned, signed, whole) => {
          const bytes = column()
          bytes.uint64(unsigned)
          bytes.int64(signed)
          bytes.int64Of(whole)
          const reader = createRowBinaryReader(all(bytes))
          expect([reader.uint64(), reader.int64(), reader.int64()]).toEqual([unsigned, signed, BigInt(whole)])
        },
      ),
    )
    const bytes = column()
    bytes.uint8(200)
    bytes.uint16(65_535)
    bytes.float32(1.5)
    bytes.float64(-0.1)
    const view = new DataView(Uint8Array.from(all(bytes)).buffer)
    expect([view.getUint8(0), view.getUint16(1, true)]).toEqual([200, 65_535])
    expect([view.getFloat32(3, true), view.getFloat64(7, true)]).toEqual([1.5, -0.1])
  })

  it('hold a UUID as two little-endian halves, from a text or from bytes, and none as zeros', () => {
    const text = '00112233-4455-6677-8899-aAbBcCdDeEfF'
    const bytes = column()
    bytes.uuid(text)
    bytes.uuidSpan(Buffer.from(`"${text}"`), 1, 37)
    bytes.uuid('order-1')
    bytes.uuidSpan(Buffer.from(text), 5, 5)
    const id = '7766554433221100ffeeddccbbaa9988'
    expect(all(bytes).toString('hex')).toBe(id + id + '0'.repeat(64))
  })

  it('give any stretch of values, and forget what is cut off', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: 80 }),
        fc.nat(),
        fc.nat(),
        (texts, one, other) => {
          const bytes = column()
          for (const text of texts) bytes.text(text)
          const [from, to] = [one % (texts.length + 1), other % (texts.length + 1)].toSorted((a, b) => a - b) as [
            number,
            number,
          ]
          const stretch = Buffer.concat(bytes.slice(bytes.endOfTexts(from), bytes.endOfTexts(to)))
          expect(textsOf(stretch)).toEqual(texts.slice(from, to))
          bytes.cutAt(bytes.endOfTexts(from))
          for (const text of texts.slice(to)) bytes.text(text)
          expect(textsOf(all(bytes))).toEqual([...texts.slice(0, from), ...texts.slice(to)])
        },
      ),
    )
  })

  it('give large pieces back for the next column, and nothing of what stood there', () => {
    const store = createPieceStore()
    const first = new ColumnBytes(store)
    for (let value = 0; value < 2_000; value += 1) first.bytes(Buffer.alloc(1_000, 'x'))
    first.release()
    expect(first.length).toBe(0)
    const next = new ColumnBytes(store)
    for (let value = 0; value < 2_000; value += 1) next.text('y'.repeat(500))
    expect(new Set(textsOf(all(next)))).toEqual(new Set(['y'.repeat(500)]))
  })
})
