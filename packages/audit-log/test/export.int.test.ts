import { randomUUID } from 'node:crypto'
import type { AuditSelection } from '@ledgerbus/core'
import { builderTimeMs } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAuditRecord } from './support/a-range.ts'
import { hostileEvents } from './support/hostile-events.ts'
import { hostileRecords } from './support/hostile-records.ts'
import { createOwnLog, type OwnLog } from './support/own-log.ts'
import { store } from './support/store.ts'

let own: OwnLog
const topic = `hostile-${randomUUID()}`
const odd = `odd-${randomUUID()}`

beforeAll(async () => {
  own = await createOwnLog()
  const records = hostileEvents(topic, 300, 7)
  await store(own.log, records)
  // Once more, cut elsewhere: copies.
  await store(own.log, records.slice(100))
  await store(own.log, hostileRecords({ topic: odd, timestampMs: builderTimeMs }))
})
afterAll(() => own.log.close())

async function bytesOf(selection: AuditSelection, format: 'jsonl' | 'parquet'): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of own.log.export(selection, { format })) chunks.push(chunk)
  return Buffer.concat(chunks)
}

interface Exported {
  readonly offset: string
  readonly value: string | null
  readonly valueBase64: string | null
  readonly key: string | null
  readonly keyBase64: string | null
}

/** What a reader of Parquet finds: ClickHouse reads it back. */
async function parquetRows(selection: AuditSelection): Promise<readonly Exported[]> {
  const table = `parquet_${randomUUID().replaceAll('-', '')}`
  const columns =
    'offset UInt64, value Nullable(String), value_base64 Nullable(String), key Nullable(String), key_base64 Nullable(String)'
  await own.ask(`CREATE TABLE ${table} (${columns}) ENGINE = Memory`)
  const url = new URL(stackAddresses().clickhouseUrl)
  url.searchParams.set('query', `INSERT INTO ${table} FORMAT Parquet`)
  const body = await bytesOf(selection, 'parquet')
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(body) })
  expect(await answer.text()).toBe('')
  const text = await own.ask(
    `SELECT toString(offset) AS offset, value, value_base64 AS valueBase64, key, key_base64 AS keyBase64 FROM ${table} FORMAT JSONEachRow`,
  )
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Exported)
}

describe('an export', () => {
  it.each([
    {},
    { filter: 'version >= 2' },
    { filter: 'payload.after.a == 1 || payload.after.b == "ab"' },
    { filter: 'size(payload.after) > 1' },
  ])('has each entry of %j once, as lines and as Parquet', async (given) => {
    const selection = { topics: [topic], ...given }
    const expected: string[] = []
    for await (const { record } of own.log.read(selection)) expected.push(String(record.offset))
    expect(expected.length).toBeGreaterThan(20)

    const lines = (await bytesOf(selection, 'jsonl')).toString().trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as Exported).offset)).toEqual(expected)
    expect((await parquetRows(selection)).map(({ offset }) => offset)).toEqual(expected)
    expect((await own.log.stats(selection)).entries).toBe(expected.length)
  })

  it('holds every value byte for byte, as text or in base64', async () => {
    const values = new Map<string, Uint8Array | null>()
    const keys = new Map<string, Uint8Array | null>()
    for (const { record } of hostileRecords({ topic: odd, timestampMs: builderTimeMs })) {
      values.set(String(record.offset), record.value)
      keys.set(String(record.offset), record.key)
    }
    const lines = (await bytesOf({ topics: [odd] }, 'jsonl')).toString().trimEnd().split('\n')
    const exports = [lines.map((line) => JSON.parse(line) as Exported), await parquetRows({ topics: [odd] })]
    for (const rows of exports) {
      expect(rows).toHaveLength(values.size)
      for (const { offset, value, valueBase64, key, keyBase64 } of rows) {
        expect(bytesIn(value, valueBase64), `value at ${offset}`).toEqual(toBuffer(values.get(offset)))
        expect(bytesIn(key, keyBase64), `key at ${offset}`).toEqual(toBuffer(keys.get(offset)))
      }
    }
  })

  it('makes no Parquet of what only the process can judge, beyond a thousand entries, and says what that is', async () => {
    const many = `many-${randomUUID()}`
    const records = Array.from({ length: 1_001 }, (_, index) => anAuditRecord({ topic: many, offset: BigInt(index) }))
    await store(own.log, records)
    const judged = { topics: [many], filter: 'version == 1 && size(payload.after) == 1' }
    await expect(bytesOf(judged, 'parquet')).rejects.toMatchObject({
      code: 'AUDIT_SELECTION_INVALID',
      message: expect.stringContaining('"size(payload.after) == 1"') as unknown,
    })
    // What ClickHouse decides has no such bound.
    expect(await parquetRows({ topics: [many], filter: 'payload.after.total == 100' })).toHaveLength(1_001)
  })

  it('makes an empty file where nothing matches', async () => {
    const nothing = { topics: [topic], filter: 'version >= 1 && payload.after.a / 2 == 7' }
    expect(await parquetRows(nothing)).toEqual([])
  })
})

function bytesIn(text: string | null | undefined, base64: string | null | undefined): Buffer | null {
  if (base64 !== null && base64 !== undefined) return Buffer.from(base64, 'base64')
  return text === null || text === undefined ? null : Buffer.from(text)
}

function toBuffer(bytes: Uint8Array | null | undefined): Buffer | null {
  return bytes === null || bytes === undefined ? null : Buffer.from(bytes)
}
