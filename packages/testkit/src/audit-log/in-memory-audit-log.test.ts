import { type AuditEntry, replayHeaders } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { aRecord } from '../builders/a-record.ts'
import { anAuditRange } from '../builders/an-audit-range.ts'
import { anAuditRecord } from '../builders/an-audit-record.ts'
import { TestkitError } from '../errors/testkit-error.ts'
import { createFakeClock } from '../fakes/fake-clock.ts'
import { createGate } from '../fakes/gate.ts'
import { createInMemoryAuditLog } from './create-in-memory-audit-log.ts'

describe('in-memory audit log', () => {
  it('answers inserts failed, unknown and not stored, unknown but stored, as a test injects it', async () => {
    const log = createInMemoryAuditLog()
    const range = anAuditRange(log)
    log.controls.inject({ at: 'insert', outcome: 'failed', topic: 'orders' })
    log.controls.inject({ at: 'insert', outcome: 'unknown' })
    log.controls.inject({ at: 'insert', outcome: 'unknown', stored: true })
    log.controls.inject({ at: 'insert', outcome: 'failed', topic: 'another' })

    const seen: (readonly [string, number])[] = []
    for (let time = 0; time < 4; time += 1) {
      const { kind } = await log.insert(range)
      seen.push([kind, log.controls.entries().length])
    }

    expect(seen).toEqual([
      ['failed', 0],
      ['unknown', 0],
      ['unknown', 1],
      ['ok', 1],
    ])
  })

  it('throws what a test injects into a question', async () => {
    const log = createInMemoryAuditLog()
    const error = new TestkitError('no row can be read', { code: 'AUDIT_ROW_UNREADABLE' })
    log.controls.inject({ at: 'query', outcome: 'failed' })
    log.controls.inject({ at: 'read', outcome: 'failed', error })

    await expect(log.query({})).rejects.toMatchObject({ code: 'AUDIT_FAULT_INJECTED', retriable: true })
    await expect(log.read({})[Symbol.asyncIterator]().next()).rejects.toBe(error)
    expect(await log.query({})).toEqual({ entries: [] })
  })

  it('stores late what nobody waits for any more: an insert aborted in flight is unknown', async () => {
    const clock = createFakeClock()
    const log = createInMemoryAuditLog({ clock })
    const gate = createGate()
    const controller = new AbortController()
    log.controls.inject({ at: 'insert', outcome: 'ok', until: gate.opened })

    const inserting = log.insert(anAuditRange(log), { signal: controller.signal })
    controller.abort(new Error('the deadline is over'))

    expect(await inserting).toMatchObject({ kind: 'unknown', error: { code: 'AUDIT_LOG_NO_ANSWER' } })
    expect(log.controls.entries()).toEqual([])
    gate.open()
    await clock.advance(0)
    expect(log.controls.entries()).toHaveLength(1)
  })

  it('refuses inserts and questions while it is down, for now', async () => {
    const log = createInMemoryAuditLog()
    const refusal = { code: 'AUDIT_LOG_UNREACHABLE', retriable: true }
    log.controls.goDown()

    expect(await log.insert(anAuditRange(log))).toMatchObject({ kind: 'failed', error: refusal })
    await expect(log.start()).rejects.toMatchObject(refusal)
    await expect(log.summarize({})).rejects.toMatchObject(refusal)
    log.controls.comeBack()

    expect(await log.insert(anAuditRange(log))).toEqual({ kind: 'ok' })
  })

  it('keeps bytes of its own and the time of the clock', async () => {
    const log = createInMemoryAuditLog({ clock: createFakeClock({ startMs: 5_000 }) })
    const record = anAuditRecord({ key: 'k', value: null, headers: { h: 'x' } })
    await log.insert(anAuditRange(log, { records: [record] }))

    record.record.key?.fill(0)
    record.record.headers[0]?.value?.fill(0)

    const [entry] = log.controls.entries() as [AuditEntry]
    expect(entry.record).toMatchObject(aRecord({ key: 'k', value: null, headers: { h: 'x' } }))
    expect(entry.ingestedAtMs).toBe(5_000)
  })

  it('shows a test everything, replays included', async () => {
    const log = createInMemoryAuditLog()
    const marks = replayHeaders({
      replayId: 'r-1',
      sequence: 0,
      mode: 'rehandle',
      of: { topic: 'orders', partition: 0, offset: 0n },
      originalTimestampMs: 0n,
    })
    const headers = marks.map(({ name, value }) => [name, value] as const)
    await log.insert(anAuditRange(log, { records: [anAuditRecord({ headers })] }))

    expect(log.controls.entries()).toMatchObject([{ replayId: 'r-1' }])
    expect(await log.query({})).toEqual({ entries: [] })
  })
})
