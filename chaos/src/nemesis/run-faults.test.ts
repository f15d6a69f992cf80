import { createFakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import type { LedgerFact } from '../ledger/ledger-event.ts'
import type { Fault } from './fault.ts'
import { type InjectFault, runFaults } from './run-faults.ts'

function aFault(id: number, atMs: number, how: Partial<Fault> = {}): Fault {
  return { id, kind: 'cut', of: 'broker', target: 0, atMs, forMs: 1_000, waitsForWork: false, ...how }
}

function aRun(plan: readonly Fault[], inject?: InjectFault) {
  const clock = createFakeClock()
  const stop = new AbortController()
  const facts: LedgerFact[] = []
  const log: string[] = []
  const worked = { times: 0 }
  const startMs = clock.monotonicMs()
  const note = (text: string): void => void log.push(`${clock.monotonicMs() - startMs} ${text}`)
  const report = runFaults(plan, {
    inject:
      inject ??
      (async ({ id }) => {
        note(`begin ${id}`)
        return async () => note(`end ${id}`)
      }),
    work: () => worked.times,
    ledger: { add: (fact) => void facts.push(fact), close: () => undefined },
    progress: () => undefined,
    clock,
    signal: stop.signal,
  })
  return { clock, stop, facts, log, report, worked }
}

describe('running faults', () => {
  it('begins and ends each in its time, several at once', async () => {
    const { clock, log, report, facts } = aRun([aFault(1, 1_000), aFault(2, 1_500, { target: 1, forMs: 3_000 })])
    await clock.advance(10_000)
    expect(log).toEqual(['1000 begin 1', '1500 begin 2', '2000 end 1', '4500 end 2'])
    expect(await report).toEqual({ begun: 2, failures: [] })
    expect(facts.map(({ kind }) => kind)).toEqual(['fault', 'fault', 'fault-over', 'fault-over'])
  })

  it('waits for a target, and for another broker, that is not at work again', async () => {
    const { clock, log } = aRun([
      aFault(1, 0, { kind: 'broker-kill', forMs: 5_000 }),
      aFault(2, 1_000, { kind: 'broker-freeze', target: 1 }),
      aFault(3, 2_000),
    ])
    await clock.advance(10_000)
    expect(log).toEqual(['0 begin 1', '2000 begin 3', '3000 end 3', '5000 end 1', '5000 begin 2', '6000 end 2'])
  })

  it('holds back a fault, and all behind it, until the group has worked, but not for ever', async () => {
    const { clock, log, worked } = aRun([
      aFault(1, 0),
      aFault(2, 3_000, { waitsForWork: true }),
      aFault(3, 4_000),
      aFault(4, 6_000, { waitsForWork: true }),
    ])
    await clock.advance(7_450)
    worked.times = 100
    await clock.advance(60_000)
    expect(log.filter((line) => line.includes('begin'))).toEqual([
      '0 begin 1',
      '7500 begin 2',
      '8500 begin 3',
      '30500 begin 4',
    ])
  })

  it('goes on after a target that did not come back, and names it', async () => {
    const { clock, report } = aRun([aFault(1, 0), aFault(2, 3_000)], async ({ id }) => async () => {
      if (id === 1) throw new Error('it does not start')
    })
    await clock.advance(10_000)
    expect(await report).toEqual({ begun: 2, failures: ['fault 1 (cut, way to broker 0): it does not start'] })
  })

  it('ends what is under way when it is stopped, and begins nothing more', async () => {
    const { clock, log, report, stop } = aRun([aFault(1, 0, { forMs: 60_000 }), aFault(2, 30_000)])
    await clock.advance(1_000)
    stop.abort()
    await clock.advance(0)
    expect(await report).toMatchObject({ begun: 1 })
    expect(log).toEqual(['0 begin 1', '1000 end 1'])
  })
})
