import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPrintable, isUuid, isWellFormed, sourceProblem, utf8Length } from './text-rules.ts'

describe('a UUID', () => {
  it('may be of any version and in capitals', () => {
    expect(isUuid('01900000-0000-7000-8000-000000000001')).toBe(true)
    expect(isUuid('F47AC10B-58CC-4372-A567-0E02B2C3D479')).toBe(true)
    expect(isUuid('00000000-0000-0000-0000-000000000000')).toBe(true)
  })

  it.each([
    '',
    '01900000000070008000000000000001',
    '{01900000-0000-7000-8000-000000000001}',
    '01900000-0000-7000-8000-00000000000\n',
    1,
    null,
  ])('is not %j', (value) => {
    expect(isUuid(value)).toBe(false)
  })

  it('is nothing but hexadecimal digits with hyphens in their places', () => {
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
    const other = fc.tuple(fc.uuid(), fc.nat({ max: 35 }), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }))
    fc.assert(
      fc.property(other, ([uuid, at, character]) => {
        const text = uuid.slice(0, at) + character + uuid.slice(at + 1)
        expect(isUuid(uuid)).toBe(true)
        expect(isUuid(text)).toBe(form.test(text))
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a text', () => {
  it('is well-formed when every surrogate has its other half', () => {
    expect(isWellFormed('a😀ü')).toBe(true)
    expect(isWellFormed('a\ud83d')).toBe(false)
    expect(isWellFormed('\ude00\ud83d')).toBe(false)
  })

  it('is printable without control characters', () => {
    expect(isPrintable('o-1 ü 😀')).toBe(true)
    for (const control of ['\u0000', '\n', '\u001f', '\u007f', '\u0085', '\u009f'])
      expect(isPrintable(`a${control}`)).toBe(false)
  })

  it('has as many bytes as its encoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length)
      }),
    )
  })
})

describe('a source', () => {
  it.each(['checkout', 'shop/checkout', 'https://shop.example/checkout?x=1#y', 'urn:shop:checkout'])(
    'may be %s',
    (source) => {
      expect(sourceProblem(source)).toBeUndefined()
    },
  )

  it.each(['', 'check out', 'kasse-ü', 'a"b', '<a>', 'a'.repeat(256), undefined])('must not be %j', (source) => {
    expect(sourceProblem(source)).toContain('must be a service name or URI')
  })
})
