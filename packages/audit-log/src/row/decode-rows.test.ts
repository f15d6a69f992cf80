import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AuditLogError } from '../audit-log-error.ts'
import { decodeRows } from './decode-rows.ts'
import { createRowBinaryWriter } from './row-binary-writer.ts'

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array, void, undefined> {
  let start = 0
  for (let index = 0; start < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1
    yield bytes.subarray(start, start + size)
    start += size
  }
}

function rowsAsBytes(texts: readonly string[]): Uint8Array {
  const writer = createRowBinaryWriter()
  for (const text of texts) writer.text(text)
  return Uint8Array.from(writer.written())
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('rows of a byte stream', () => {
  it('are the same however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 200 }), { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 }),
        async (texts, sizes) => {
          const rows = await collect(decodeRows(inChunks(rowsAsBytes(texts), sizes), (reader) => reader.text()))
          expect(rows).toEqual(texts)
        },
      ),
    )
  })

  it('are refused when the stream ends within one', async () => {
    const bytes = rowsAsBytes(['whole', 'cut off'])
    const rows: string[] = []
    const reading = (async () => {
      for await (const row of decodeRows(inChunks(bytes.subarray(0, -1), [3]), (reader) => reader.text()))
        rows.push(row)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'AUDIT_ROW_UNREADABLE' })
    expect(rows).toEqual(['whole'])
  })

  it('are refused when a length in them is absurd', async () => {
    const bytes = Uint8Array.of(255, 255, 255, 255, 255, 255, 1)
    await expect(collect(decodeRows(inChunks(bytes, [7]), (reader) => reader.text()))).rejects.toBeInstanceOf(
      AuditLogError,
    )
  })

  it('are tried few times while a long one arrives, not once a chunk', async () => {
    const text = 'x'.repeat(1_000_000)
    let tries = 0
    const rows = await collect(
      decodeRows(inChunks(rowsAsBytes([text]), [1_000]), (reader) => {
        tries += 1
        return reader.text()
      }),
    )
    expect(rows).toEqual([text])
    expect(tries).toBeLessThan(20)
  })
})
