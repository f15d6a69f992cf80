import { describe, expect, it } from 'vitest'
import { answerBytes } from './answer-bytes.ts'

const tag = 'jzpqljjlrgzauvov'
const exception = `\r\n__exception__\r\n${tag}\r\nCode: 395. DB::Exception: boom (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO) (version 26.7.2.1)\n90 ${tag}\r\n__exception__\r\n`

async function* broken(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks
  throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
}

async function* whole(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks
}

async function read(answer: AsyncIterable<Uint8Array>): Promise<{ bytes: Buffer; error?: unknown }> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of answer) chunks.push(chunk)
    return { bytes: Buffer.concat(chunks) }
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error }
  }
}

describe('the bytes of an answer', () => {
  const rows = Buffer.alloc(100_000, 'row')

  it('are all there when it ended well, in their order', async () => {
    const chunks = [rows.subarray(0, 40_000), rows.subarray(40_000, 40_001), rows.subarray(40_001)]
    expect((await read(answerBytes(whole(...chunks), tag))).bytes.equals(rows)).toBe(true)
  })

  it('never hold the text of an exception', async () => {
    const { bytes, error } = await read(answerBytes(broken(rows, Buffer.from(exception)), tag))
    expect(bytes.includes('__exception__')).toBe(false)
    expect(error).toMatchObject({ code: '395', type: 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO' })
  })

  it('never hold part of an exception, however the text was cut', async () => {
    for (let cut = 1; cut < exception.length; cut += 7) {
      const chunks = [rows, Buffer.from(exception.slice(0, cut)), Buffer.from(exception.slice(cut))]
      const { bytes, error } = await read(answerBytes(broken(...chunks), tag))
      expect(rows.subarray(0, bytes.length).equals(bytes)).toBe(true)
      expect(error).toMatchObject({ code: '395' })
    }
  })

  it('end with the error of the connection where there is no exception', async () => {
    const { error } = await read(answerBytes(broken(rows), tag))
    expect(error).toMatchObject({ code: 'ECONNRESET' })
  })

  it('are rows also where they look like an exception without its tag', async () => {
    const impostor = Buffer.from('\r\n__exception__\r\nother\r\nCode: 1. DB::Exception: no (NO_SUCH)')
    const { error } = await read(answerBytes(broken(impostor), tag))
    expect(error).toMatchObject({ code: 'ECONNRESET' })
    expect((await read(answerBytes(whole(impostor), tag))).bytes.equals(impostor)).toBe(true)
  })
})
