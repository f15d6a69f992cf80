import { beforeEach, describe, expect, it } from 'vitest'
import { readTransformed } from './read-transformed.ts'

const bytes = new TextEncoder().encode('x')

function refusal(answer: unknown): { readonly code?: string; readonly message: string } {
  try {
    readTransformed(answer, 'anonymous')
  } catch (error) {
    return error as Error
  }
  throw new Error('it was taken')
}

describe('what a transform returns', () => {
  it.each([
    ['nothing changed', {}],
    ['a value', { value: bytes }],
    ['a Buffer, which is bytes', { value: Buffer.from('x') }],
    ['a tombstone without key', { key: null, value: null }],
    [
      'headers',
      {
        headers: [
          { name: 'a', value: bytes },
          { name: 'a', value: null },
        ],
      },
    ],
    ['no headers any more', { headers: [] }],
    ['an object without prototype', Object.assign(Object.create(null), { key: bytes })],
  ])('may be %s', (_what, answer: object) => {
    expect(readTransformed(answer, 'anonymous')).toEqual({ ...answer })
  })

  it('may be null, which leaves the entry out', () => {
    expect(readTransformed(null, 'anonymous')).toBeNull()
  })

  const awaited = { value: bytes }
  Reflect.set(awaited, 'then', () => undefined)

  class Answer {
    get value(): Uint8Array {
      return bytes
    }
  }

  it.each([
    ['nothing', undefined, 'it returned undefined'],
    ['false', false, 'it returned a boolean'],
    ['a text', 'anonymous', 'it returned a string'],
    ['bytes alone', bytes, 'it returned an instance of Uint8Array'],
    ['a list', [{ value: bytes }], 'it returned a list'],
    ['a map', new Map([['value', bytes]]), 'it returned an instance of Map'],
    ['an instance, whose fields are not its own', new Answer(), 'it returned an instance of Answer'],
    ['an object that inherits its fields', Object.create({ value: bytes }), 'it returned an object'],
    ['what is awaited, whatever else it holds', awaited, 'it returned a promise'],
    ['a misspelt field', { valeu: bytes }, 'valeu: a record is made of key, value and headers alone'],
    ['a value that is there and undefined', { value: undefined }, 'value: bytes (Uint8Array) or null, not undefined'],
    ['a text as value', { value: 'secret' }, 'value: bytes (Uint8Array) or null, not a string'],
    [
      'an array buffer as value',
      { value: bytes.buffer },
      'value: bytes (Uint8Array) or null, not an instance of ArrayBuffer',
    ],
    ['a number as key', { key: 4711 }, 'key: bytes (Uint8Array) or null, not a number'],
    ['headers by name', { headers: { a: bytes } }, 'headers: a list of objects with name and value, not an object'],
    [
      'headers that are undefined',
      { headers: undefined },
      'headers: a list of objects with name and value, not undefined',
    ],
    ['a header as a pair', { headers: [['a', bytes]] }, 'headers[0].name: a text, not undefined'],
    [
      'a header that is none',
      { headers: [{ name: 'a', value: null }, null] },
      'headers[1].name: a text, not undefined',
    ],
    [
      'a hole among the headers',
      { headers: Object.assign([], { length: 1 }) },
      'headers[0].name: a text, not undefined',
    ],
    [
      'a text in a header',
      { headers: [{ name: 'a', value: 'secret' }] },
      'headers[0].value: bytes (Uint8Array) or null, not a string',
    ],
  ])('is refused where it is %s', (_what, answer: unknown, problem) => {
    const { code, message } = refusal(answer)
    expect(code).toBe('REPLAY_ENTRY_REFUSED')
    expect(message).toContain(`transform "anonymous": ${problem}; it answers at once`)
    expect(message).not.toMatch(/secret|4711/u)
  })

  it('is refused with everything that is wrong', () => {
    expect(refusal({ key: 1, value: 2, topic: 'orders' }).message).toMatch(/key: .*value: .*topic: /u)
  })

  it('is what was checked: a field that changes its mind is read once', () => {
    let asked = 0
    const answer = {
      get value(): unknown {
        asked += 1
        return asked === 1 ? bytes : 'secret'
      },
    }
    expect(readTransformed(answer, 'anonymous')).toEqual({ value: bytes })
    expect(asked).toBe(1)
  })
})

describe('a promise', () => {
  const unhandled: unknown[] = []

  beforeEach(() => {
    unhandled.length = 0
    const noted = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', noted)
    return () => process.off('unhandledRejection', noted)
  })

  const rejecting = () => Promise.reject(new Error('nobody waits for this'))

  it.each([
    ['the answer', rejecting],
    ['the value', () => ({ value: rejecting() })],
    ['the headers', () => ({ headers: rejecting() })],
    ['a header', () => ({ headers: [{ name: 'a', value: rejecting() }] })],
  ])('as %s is refused, and its rejection ends nothing', async (_what, answer) => {
    expect(refusal(answer()).message).toContain('a promise')
    // Rejections that nobody handled are told once the microtasks are through.
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })
})
