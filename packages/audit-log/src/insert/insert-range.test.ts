import type { AuditRange, NextOffset } from '@ledgerbus/core'
import { createFakeClock, createInMemoryAuditLog } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { anAuditRecord, anUndecodable, rangeOf } from '../../test/support/a-range.ts'
import {
  createFakeConnection,
  type FakeConnectionOptions,
  networkError,
  serverError,
} from '../../test/support/fake-connection.ts'
import { nativeRows } from '../../test/support/native-rows.ts'
import { tableNames } from '../table-names.ts'
import { insertRange } from './insert-range.ts'

function setUp(options: FakeConnectionOptions = {}) {
  const connection = createFakeConnection(options)
  return { connection, needs: { connection, tables: tableNames('audit'), clock: createFakeClock() } }
}

const fake = { clock: createFakeClock() }
const range = rangeOf(
  [0n, 1n, 2n].map((offset) => anAuditRecord({ offset })),
  fake,
)
const withOldRecord = rangeOf([anAuditRecord({ offset: 0n }), anUndecodable({ offset: 1n, timestampMs: -1n })], fake)

describe('storing a range', () => {
  it('is one insert with one token, its columns named', async () => {
    const { connection, needs } = setUp()
    expect(await insertRange(needs, range)).toEqual({ kind: 'ok' })
    expect(connection.inserts).toHaveLength(1)
    expect(connection.inserts[0]?.sql).toMatch(
      /^INSERT INTO audit_events \(kafka_cluster, .*quarantine_reason\) FORMAT Native$/,
    )
    expect(connection.inserts[0]?.token).toMatch(/^test-cluster:orders:0:0-3:3:/)
  })

  it('sends the same bytes and the same token when it is repeated', async () => {
    const { connection, needs } = setUp()
    await insertRange(needs, range)
    await insertRange(needs, range)
    const [first, second] = connection.inserts
    expect(second).toEqual(first)
  })

  it('puts what cannot stand among the events into quarantine, in an insert of its own after theirs', async () => {
    const { connection, needs } = setUp()
    expect(await insertRange(needs, withOldRecord)).toEqual({ kind: 'ok' })
    expect(connection.inserts.map(({ sql }) => sql.split(' ')[2])).toEqual(['audit_events', 'audit_quarantine'])
    expect(connection.inserts.map(({ token }) => token.split(':')[4])).toEqual(['1', '1'])
  })

  it('is ok only when the quarantine stands, too', async () => {
    const { needs } = setUp({
      onInsert: ({ sql }) => {
        if (sql.includes('quarantine')) throw networkError('ECONNRESET')
      },
    })
    expect(await insertRange(needs, withOldRecord)).toMatchObject({ kind: 'unknown' })
  })

  it.each([
    ['unknown', new Error('Timeout error.'), 'AUDIT_LOG_NO_ANSWER'],
    ['failed', networkError('ECONNREFUSED'), 'AUDIT_LOG_UNREACHABLE'],
    ['failed', serverError(497, 'ACCESS_DENIED'), 'AUDIT_LOG_CONFIGURATION'],
    ['failed', serverError(117, 'INCORRECT_DATA'), 'AUDIT_ROW_REFUSED'],
  ])('is %s after "%s" (%s)', async (kind, error, code) => {
    const { needs } = setUp({
      onInsert: () => {
        throw error
      },
    })
    expect(await insertRange(needs, range)).toMatchObject({ kind, error: { code } })
  })

  it('is unknown after an abort: what was sent may be stored', async () => {
    const controller = new AbortController()
    const { needs } = setUp({
      onInsert: () => {
        controller.abort(new Error('stop'))
        throw controller.signal.reason
      },
    })
    expect(await insertRange(needs, range, { signal: controller.signal })).toMatchObject({
      kind: 'unknown',
      error: { cause: controller.signal.reason as unknown },
    })
  })

  it('puts a single record that the server refuses into quarantine, so that bisecting ends', async () => {
    const { connection, needs } = setUp({
      onInsert: ({ sql }) => {
        if (sql.includes('audit_events')) throw serverError(469, 'VIOLATED_CONSTRAINT')
      },
    })
    expect(await insertRange(needs, rangeOf([anAuditRecord()]))).toEqual({ kind: 'ok' })
    expect(connection.inserts.map(({ sql }) => sql.split(' ')[2])).toEqual(['audit_events', 'audit_quarantine'])
  })

  it('is failed when the quarantine refuses it, too: then somebody must look', async () => {
    const { needs } = setUp({
      onInsert: () => {
        throw serverError(469, 'VIOLATED_CONSTRAINT')
      },
    })
    expect(await insertRange(needs, rangeOf([anAuditRecord()]))).toMatchObject({
      kind: 'failed',
      error: { code: 'AUDIT_ROW_REFUSED' },
    })
  })

  it('has another token where the log is known not to hold what it had confirmed', async () => {
    const { connection, needs } = setUp()
    await insertRange(needs, range)
    await insertRange(needs, range, { again: 'recovered' })
    const [first, second] = connection.inserts
    expect(second?.block).toEqual(first?.block)
    expect(second?.token).toBe(`${first?.token}:recovered`)
  })

  it('tells when the events stand and the quarantine is next', async () => {
    const { connection, needs } = setUp()
    const seen: number[] = []
    const beforeQuarantine = (): void => void seen.push(connection.inserts.length)
    await insertRange(needs, range, { beforeQuarantine })
    expect(seen).toEqual([])
    await insertRange(needs, withOldRecord, { beforeQuarantine })
    expect(seen).toEqual([2])
  })

  it('stores parts of a block as ranges of their own, which make up the whole', async () => {
    const { connection, needs } = setUp()
    const mixed = rangeOf(
      Array.from({ length: 9 }, (_, index) =>
        anUndecodable({ offset: BigInt(index), ...(index % 4 === 1 && { timestampMs: -1n }) }),
      ),
      needs,
    )
    const { block } = mixed
    await insertRange(needs, mixed)
    const whole = connection.inserts.splice(0)
    await insertRange(needs, { first: 0n, next: 5n as NextOffset, block: block.part(0, 5) })
    await insertRange(needs, { first: 5n, next: 9n as NextOffset, block: block.part(5, 9) })
    const parts = connection.inserts

    for (const table of ['audit_events', 'audit_quarantine']) {
      const rowsOf = (inserts: typeof parts) =>
        inserts.filter(({ sql }) => sql.includes(table)).flatMap((insert) => nativeRows(insert.block))
      expect(rowsOf(parts)).toEqual(rowsOf(whole))
      expect(rowsOf(whole).length).toBeGreaterThan(1)
    }
    expect(new Set([...parts, ...whole].map(({ token }) => token)).size).toBe(6)
    expect(block.part(5, 9)).toMatchObject({ records: 4, digest: block.part(2, 9).part(3, 7).digest })
  })

  it('refuses a range in disorder, whose token another range could have', async () => {
    const { connection, needs } = setUp()
    const disordered: readonly AuditRange[] = [
      { ...range, block: range.block.part(0, 0) },
      { ...range, first: 1n },
      { ...range, next: 2n as NextOffset },
      { ...range, block: createInMemoryAuditLog().createBlock(range.block) },
    ]
    for (const wrong of disordered) {
      expect(await insertRange(needs, wrong)).toMatchObject({ kind: 'failed', error: { code: 'AUDIT_RANGE_INVALID' } })
    }
    expect(connection.inserts).toEqual([])
  })

  it('takes ranges with holes', async () => {
    const { needs } = setUp()
    const holed = {
      ...rangeOf([anAuditRecord({ offset: 5n }), anAuditRecord({ offset: 9n })]),
      first: 2n,
      next: 20n as NextOffset,
    }
    expect(await insertRange(needs, holed)).toEqual({ kind: 'ok' })
  })
})
