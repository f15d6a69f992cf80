import { randomUUID } from 'node:crypto'
import type { AuditEntry, AuditRecord } from '@ledgerbus/core'
import { compileFilter, FilterError } from '@ledgerbus/filter'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { createRecordingLogger } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, createConnection } from '../src/clickhouse/connection.ts'
import { createParameters } from '../src/clickhouse/statement.ts'
import { filterCondition } from '../src/query/filter/filter-condition.ts'
import { decodeRows } from '../src/row/decode-rows.ts'
import { rangeOf } from './support/a-range.ts'
import { hostileEvents } from './support/hostile-events.ts'
import { createOwnLog, type OwnLog } from './support/own-log.ts'
import { filterText } from './support/random-filters.ts'

const topic = `hostile-${randomUUID()}`
const seed = Number(process.env['LEDGERBUS_SEED'] ?? Date.now() % 0x7fff_ffff)
let own: OwnLog
let connection: Connection
let records: readonly AuditRecord[]
const entries = new Map<number, AuditEntry>()

beforeAll(async () => {
  own = await createOwnLog()
  records = hostileEvents(topic, 800, seed)
  expect(await own.log.insert(rangeOf(records))).toEqual({ kind: 'ok' })
  for await (const entry of own.log.read({ topics: [topic] })) entries.set(Number(entry.record.offset), entry)
  expect(entries.size).toBe(records.length)
  connection = createConnection({
    ...{ url: stackAddresses().clickhouseUrl, username: 'default', password: '', database: 'default' },
    ...{ requestTimeoutMs: 30_000, maxConnections: 2, logger: createRecordingLogger() },
  })
})
afterAll(async () => {
  await own.log.close()
  await connection.close()
})

interface Judged {
  readonly offset: number
  readonly possibly: boolean
  readonly surely: boolean
}

/** What SQL says of every row. */
async function judge(text: string): Promise<readonly Judged[]> {
  const parameters = createParameters()
  const { possibly, surely } = filterCondition(compileFilter(text).tree, parameters)
  const sql = `SELECT kafka_offset, toUInt8(${possibly}), toUInt8(${surely}) FROM ${own.prefix}_entries FORMAT RowBinary`
  const judged: Judged[] = []
  const rows = decodeRows(connection.bytes({ sql, parameters: parameters.all }, {}), (reader) => ({
    offset: Number(reader.uint64()),
    possibly: reader.uint8() === 1,
    surely: reader.uint8() === 1,
  }))
  for await (const row of rows) judged.push(row)
  return judged
}

function processSays(text: string, { record, reading }: AuditEntry): boolean {
  return reading.status === 'ok' && compileFilter(text).matches(reading.envelope, record.headers).matched
}

function isFilter(text: string): boolean {
  try {
    compileFilter(text)
    return true
  } catch (error) {
    if (error instanceof FilterError) return false
    throw error
  }
}

describe('a filter in SQL', () => {
  it('loses no row that the process matches, and is sure of none that it does not', { timeout: 300_000 }, async () => {
    const rows = { sure: 0, refused: 0, all: 0 }
    await fc.assert(
      fc.asyncProperty(filterText.filter(isFilter), async (text) => {
        const filter = compileFilter(text)
        const judged = await judge(text)
        expect(judged).toHaveLength(entries.size)
        for (const { offset, possibly, surely } of judged) {
          const entry = entries.get(offset) as AuditEntry
          const { record, reading } = entry
          const matched = reading.status === 'ok' && filter.matches(reading.envelope, record.headers).matched
          if ((matched && !possibly) || (surely && !matched)) {
            const value =
              reading.status === 'ok' ? (reading.decoded ?? new TextDecoder().decode(record.value ?? undefined)) : ''
            expect.fail(`${text} is ${matched} in the process, in SQL possibly ${possibly}, surely ${surely}: ${value}`)
          }
          rows.all += 1
          if (surely) rows.sure += 1
          if (!possibly) rows.refused += 1
        }
      }),
      { seed, numRuns: Number(process.env['LEDGERBUS_RUNS'] ?? 300), endOnFailure: false },
    )
    // Else this would hold for a translation that says nothing.
    expect(rows.refused / rows.all).toBeGreaterThan(0.3)
    expect(rows.sure / rows.all).toBeGreaterThan(0.02)
  })

  it.each([
    ['name == "order.paid" && version >= 2', true],
    ['entity.type == "order" && organization_id != "a" || !has(entity)', true],
    ['timestamp < timestamp("2027-01-01T00:00:00Z")', true],
    ['source.startsWith("check")', true],
    ['payload.after.a == 1', false],
    ['source < "b"', false],
    ['correlation_id == "0192a000-0000-7000-8000-000000000001"', false],
    ['headers.h == "a"', false],
  ])('%s is exact: %s', async (text, isExact) => {
    const { possibly, surely } = filterCondition(compileFilter(text).tree, createParameters())
    expect(possibly === surely).toBe(isExact)
    const matched = [...entries.values()].filter((entry) => processSays(text, entry)).length
    const judged = await judge(text)
    if (isExact) expect(judged.filter((row) => row.possibly)).toHaveLength(matched)
    expect(matched).toBeGreaterThan(0)
  })
})
