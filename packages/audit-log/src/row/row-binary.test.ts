import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRowBinaryReader, moreBytesNeeded } from './row-binary-reader.ts'
import { createRowBinaryWriter } from './row-binary-writer.ts'

/** Writes with an empty buffer to begin with, so that every write may have to make room. */
function roundTrip<Value>(
  write: (writer: ReturnType<typeof createRowBinaryWriter>) => void,
  read: (reader: ReturnType<typeof createRowBinaryReader>) => Value,
): Value {
  const writer = createRowBinaryWriter(0)
  write(writer)
  const reader = createRowBinaryReader(writer.written())
  const value = read(reader)
  expect(reader.position).toBe(writer.position)
  return value
}

describe('RowBinary', () => {
  it('brings every text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(
          roundTrip(
            (writer) => writer.text(text),
            (reader) => reader.text(),
          ),
        ).toBe(text)
      }),
    )
  })

  it.each([0, 1, 41, 42, 43, 127, 128, 16_383, 16_384, 70_000])(
    'brings a text of %i characters back, of any width',
    (length) => {
      for (const unit of ['a', 'é', '€', '😀']) {
        const text = unit.repeat(length)
        expect(
          roundTrip(
            (writer) => writer.text(text),
            (reader) => reader.text(),
          ),
        ).toBe(text)
      }
    },
  )

  it('writes half of a surrogate pair as U+FFFD', () => {
    expect(
      roundTrip(
        (writer) => writer.text('a\ud800'),
        (reader) => reader.text(),
      ),
    ).toBe('a\ufffd')
  })

  it('brings bytes back as they are, and tells none from empty', () => {
    fc.assert(
      fc.property(fc.option(fc.uint8Array({ maxLength: 2_000 })), (bytes) => {
        const read = roundTrip(
          (writer) => writer.nullableBytes(bytes),
          (reader) => reader.nullableBytes(),
        )
        expect(read === null ? null : [...read]).toEqual(bytes === null ? null : [...bytes])
      }),
    )
  })

  it('brings 64-bit numbers back exactly', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (unsigned, signed) => {
          const read = roundTrip(
            (writer) => {
              writer.uint64(unsigned)
              writer.int64(signed)
            },
            (reader) => [reader.uint64(), reader.int64()],
          )
          expect(read).toEqual([unsigned, signed])
        },
      ),
    )
  })

  it('writes a UUID as two little-endian halves, as ClickHouse reads it', () => {
    const writer = createRowBinaryWriter()
    writer.uuid('00112233-4455-6677-8899-aAbBcCdDeEfF')
    expect(Buffer.from(writer.written()).toString('hex')).toBe('7766554433221100ffeeddccbbaa9988')
  })

  it.each([undefined, '', 'order-1', 'zz112233-4455-6677-8899-aabbccddeeff', 'İİ112233-4455-6677-8899-aabbccddeeff'])(
    'writes the nil UUID for %j',
    (text) => {
      const writer = createRowBinaryWriter()
      writer.uuid(text)
      expect([...writer.written()]).toEqual(Array.from({ length: 16 }, () => 0))
    },
  )

  it('asks for more bytes wherever they end too early', () => {
    const writer = createRowBinaryWriter()
    writer.text('abc')
    writer.uint64(1n)
    const whole = Uint8Array.from(writer.written())
    for (let length = 0; length < whole.length; length += 1) {
      const reader = createRowBinaryReader(whole.subarray(0, length))
      let thrown: unknown
      try {
        reader.text()
        reader.uint64()
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBe(moreBytesNeeded)
    }
  })

  it('believes no absurd length', () => {
    const reader = createRowBinaryReader(Uint8Array.of(255, 255, 255, 255, 255, 255, 1))
    expect(() => reader.bytes()).toThrow(RangeError)
  })
})
