import type { AuditRange, NextOffset } from '@ledgerbus/core'
import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { anAuditRecord, anUndecodable, rangeOf } from '../../test/support/a-range.ts'
import {
  createFakeConnection,
  type FakeConnectionOptions,
  networkError,
  serverError,
} from '../../test/support/fake-connection.ts'
import { tableNames } from '../table-names.ts'
import { insertRange } from './insert-range.ts'

function setUp(options: FakeConnectionOptions = {}) {
  const connection = createFakeConnection(options)
  return { connection, needs: { connection, tables: tableNames('audit'), clock: createFakeClock() } }
}

const range = rangeOf([0n, 1n, 2n].map((offset) => anAuditRecord({ offset })))
const withOldRecord = rangeOf([anAuditRecord({ offset: 0n }), anUndecodable({ offset: 1n, timestampMs: -1n })])

describe('storing a range', () => {
  it('is one insert with one token, its columns named', async () => {
    const { connection, needs } = setUp()
    expect(await insertRange(needs, range)).toEqual({ kind: 'ok' })
    expect(connection.inserts).toHaveLength(1)
    expect(connection.inserts[0]?.sql).toMatch(
      /^INSERT INTO audit_events \(kafka_cluster, .*quarantine_reason\) FORMAT RowBinary$/,
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

  it('encodes nothing while the server is known to be away', async () => {
    const { connection, needs } = setUp()
    const away = { ...connection, probe: () => Promise.reject(networkError('ECONNREFUSED')) }
    const unread = {
      ...range,
      records: range.records.map(({ record }) => ({
        record,
        get reading(): never {
          throw new Error('read in vain')
        },
      })),
    }
    expect(await insertRange({ ...needs, connection: away }, unread)).toMatchObject({
      kind: 'failed',
      error: { code: 'AUDIT_LOG_UNREACHABLE', retriable: true },
    })
    expect(connection.inserts).toEqual([])
  })

  it('refuses a range in disorder, whose token another range could have', async () => {
    const { connection, needs } = setUp()
    const one = (offset: bigint) => anAuditRecord({ offset })
    const disordered: readonly AuditRange[] = [
      { ...range, records: [] },
      { ...range, records: [one(1n), one(0n)] },
      { ...range, records: [one(1n), one(1n)] },
      { ...range, first: 1n },
      { ...range, next: 2n as NextOffset },
      { ...range, partition: 7 },
      { ...range, topic: 'other' },
      { ...range, cluster: 'other' },
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
