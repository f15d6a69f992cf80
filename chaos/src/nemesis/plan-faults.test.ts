import { describe, expect, it } from 'vitest'
import { targetOf } from './fault.ts'
import { deckFor, planFaults } from './plan-faults.ts'

const options = { targets: { member: 3, broker: 3 }, sessionTimeoutMs: 3_000 }
const plans = Array.from({ length: 200 }, (_, seed) => planFaults({ ...options, seed, faults: 60 }))

describe('a plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planFaults({ ...options, seed: 7, faults: 60 })).toEqual(plans[7])
    expect(plans[8]?.plan).not.toEqual(plans[7]?.plan)
  })

  it('has as many faults as were asked for, in order, of every kind', () => {
    for (const { plan } of plans) {
      expect(plan).toHaveLength(60)
      expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).toSorted((left, right) => left - right))
      expect(new Set(plan.map(({ kind }) => kind)).size).toBe(10)
    }
    expect(planFaults({ ...options, seed: 1, faults: 0 })).toMatchObject({ plan: [], endMs: 0 })
  })

  it('takes about three minutes for sixty faults', () => {
    for (const { endMs } of plans) expect(endMs).toBeLessThan(300_000)
    expect(plans.reduce((sum, { endMs }) => sum + endMs, 0) / plans.length).toBeGreaterThan(150_000)
  })

  it('does one thing to a target at a time', () => {
    for (const { plan } of plans) {
      const overMs = new Map<string, number>()
      for (const fault of plan) {
        expect(fault.atMs).toBeGreaterThanOrEqual(overMs.get(targetOf(fault)) ?? 0)
        overMs.set(targetOf(fault), fault.atMs + fault.forMs)
      }
    }
  })

  it('takes one broker at a time, and lets it catch up', () => {
    const pausesMs = plans.flatMap(({ plan }) => {
      const ofBrokers = plan.filter(({ kind }) => kind.startsWith('broker-'))
      return ofBrokers.slice(1).map(({ atMs }, index) => {
        const before = ofBrokers[index]
        return before === undefined ? Number.NaN : atMs - before.atMs - before.forMs
      })
    })
    expect(Math.min(...pausesMs)).toBeGreaterThanOrEqual(10_000)
  })

  it('freezes members for longer than their session', () => {
    const freezes = plans.flatMap(({ plan }) => plan.filter(({ kind }) => kind === 'member-freeze'))
    expect(Math.min(...freezes.map(({ forMs }) => forMs))).toBeGreaterThan(4_000)
  })

  it('gives brokers and ClickHouse, and the ways to both, their share where a run has both', () => {
    const targets = { sink: 2, broker: 3, clickhouse: 1 }
    const cards = new Set(deckFor(targets).map(({ kind, of }) => `${kind} of ${of}`))
    expect([...cards].filter((card) => card.includes('member'))).toEqual([])
    for (let seed = 0; seed < 100; seed += 1) {
      const { plan, endMs } = planFaults({ targets, sessionTimeoutMs: 3_000, seed, faults: 80 })
      expect(new Set(plan.map(({ kind, of }) => `${kind} of ${of}`))).toEqual(cards)
      expect(endMs).toBeLessThan(400_000)
    }
  })

  it('kills runners of replays most, lets them stand still for longer than a transaction may, and races and pauses them', () => {
    const targets = { runner: 3, broker: 3, clickhouse: 1 }
    for (let seed = 0; seed < 100; seed += 1) {
      const { plan, endMs } = planFaults({
        targets,
        sessionTimeoutMs: 15_000,
        everyMs: [2_000, 3_500],
        seed,
        faults: 70,
      })
      const ofKind = (kind: string) => plan.filter((fault) => fault.kind === kind)
      expect(ofKind('runner-kill').length).toBeGreaterThanOrEqual(18)
      for (const kind of ['runner-restart', 'runner-rival', 'runner-pause']) expect(ofKind(kind)).not.toEqual([])
      const frozen = [...ofKind('runner-freeze'), ...ofKind('runner-zombie')]
      expect(Math.min(...frozen.map(({ forMs }) => forMs))).toBeGreaterThan(15_000)
      expect(endMs).toBeLessThan(300_000)
    }
  })
})
