import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeFinishedMap,
  encodeFinishedMap,
  lengthOfFinishedMap,
  longestFinishedMap,
  mostMapCharacters,
} from './finished-map.ts'

const anyLength = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 40 }) },
)
const anyRuns = fc
  .array(anyLength, { maxLength: 600 })
  .map((lengths) => (lengths.length % 2 === 0 ? lengths : lengths.slice(0, -1)))

const asText = (...bytes: number[]) => `m1:${Buffer.from(bytes).toString('base64')}`
const wide = 2n ** 62n

describe('the map of finished offsets', () => {
  it('is empty when nothing is finished ahead of the commit', () => {
    expect(encodeFinishedMap([])).toBe('')
    expect(encodeFinishedMap([7])).toBe('')
    expect(decodeFinishedMap('', 10n)).toEqual({ kind: 'none' })
  })

  it('has a form that later versions can read: runs as varints, or bits where they are smaller', () => {
    expect(encodeFinishedMap([1, 300])).toBe(asText(1, 1, 0xac, 0x02))
    // Two unfinished, one finished, one unfinished, one finished, and so on: one bit each is less than one byte each.
    expect(encodeFinishedMap([2, 1, 1, 1, 1, 1])).toBe(asText(2, 0b01010100))
  })

  it('comes back as it was, whatever is finished', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const text = encodeFinishedMap(runs)
        const [unfinished, offsets] = [runs.length / 2, runs.reduce((sum, length) => sum + length, 0)]
        expect(lengthOfFinishedMap(runs)).toBeLessThanOrEqual(longestFinishedMap(unfinished, offsets))
        if (text === undefined) {
          expect(lengthOfFinishedMap(runs)).toBeGreaterThan(mostMapCharacters)
          return
        }
        expect(text).toHaveLength(lengthOfFinishedMap(runs))
        expect(text.length).toBeLessThanOrEqual(mostMapCharacters)
        expect(decodeFinishedMap(text, wide)).toEqual(runs.length === 0 ? { kind: 'none' } : { kind: 'map', runs })
      }),
    )
  })

  it('has room for one finished offset in two over 24,500 of them, and not for twice as many', () => {
    const everyOther = (offsets: number) => Array.from({ length: offsets }, () => 1)
    expect(encodeFinishedMap(everyOther(24_500))?.length).toBeLessThanOrEqual(4_096)
    expect(encodeFinishedMap(everyOther(49_000))).toBeUndefined()
  })

  it('is small for one stuck record before millions that are finished', () => {
    expect(encodeFinishedMap([1, 10_000_000])?.length).toBeLessThan(16)
  })

  it.each([
    ['the metadata of another program', 'NONE'],
    ['another version', 'm2:AQEB'],
    ['what is not base64', 'm1:AQ*B'],
    ['base64 that is cut off', 'm1:AQE'],
    ['no bytes', 'm1:'],
    ['an unknown kind', asText(9, 1, 1)],
    ['a varint that is cut off', asText(1, 1, 0x80)],
    ['a number beyond all offsets', asText(1, 1, 255, 255, 255, 255, 255, 255, 255, 255, 127)],
    ['a number that never ends', asText(1, 1, ...Array.from({ length: 200 }, () => 0x80), 1)],
    ['an empty run', asText(1, 1, 0)],
    ['a run of unfinished offsets at the end', asText(1, 1, 1, 1)],
    ['a commit whose own offset is finished', asText(2, 0b1)],
    ['bits that say nothing', asText(2, 0, 0)],
    ['a text longer than any commit', `m1:${'A'.repeat(4_096)}`],
  ])('does not believe %s', (_, metadata) => {
    expect(decodeFinishedMap(metadata, wide)).toMatchObject({ kind: 'unreadable' })
  })

  it('does not believe runs beyond the end of the partition', () => {
    const text = encodeFinishedMap([2, 8]) ?? ''
    expect(decodeFinishedMap(text, 10n)).toMatchObject({ kind: 'map' })
    expect(decodeFinishedMap(text, 9n)).toMatchObject({ kind: 'unreadable' })
    expect(decodeFinishedMap(text, -3n)).toMatchObject({ kind: 'unreadable' })
  })

  it('never throws on arbitrary bytes and texts, and what it then reads it would write', () => {
    const anyMetadata = fc.oneof(
      fc.string({ maxLength: 60, unit: 'binary' }),
      fc.base64String({ maxLength: 60 }).map((text) => `m1:${text}`),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => asText(...bytes)),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => asText(1, ...bytes)),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => asText(2, ...bytes)),
    )
    fc.assert(
      fc.property(anyMetadata, fc.bigInt({ min: -5n, max: 2n ** 62n }), (metadata, atMost) => {
        const decoded = decodeFinishedMap(metadata, atMost)
        if (decoded.kind !== 'map') return
        const again = decodeFinishedMap(encodeFinishedMap(decoded.runs) ?? '', atMost)
        expect(again).toEqual(decoded)
      }),
      { numRuns: 2_000 },
    )
  })
})
