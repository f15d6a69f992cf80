import { describe, expect, it } from 'vitest'
import { aReplayPlan } from '../../test/fake-replay.ts'
import { planText, shortPlanText } from './plan-text.ts'
import { planView } from './plan-view.ts'

const sample = { topic: 'orders', partition: 1, offset: 7n, timestampMs: Date.UTC(2026, 0, 31, 12) }

describe('a plan as text', () => {
  it('shows who asked for it, what is selected, and how it is published', () => {
    const plan = aReplayPlan({
      selection: {
        ...aReplayPlan().selection,
        names: ['order.*'],
        ranges: [
          { topic: 'orders', partition: 1, from: 5n, below: 9n },
          { topic: 'orders', partition: 2 },
        ],
        excludedEventIds: ['a', 'b'],
        redrives: 'include',
      },
      readFrom: 'kafka',
      order: 'time',
      content: 'latest',
      transform: 'withoutNames',
      maxEntries: 1_000,
    })
    const text = planText(plan)
    expect(text).toMatch(/^planned +2026-01-31T11:59:00\.000Z by ann$/mu)
    expect(text).toMatch(/^reason +bug 42 is fixed$/mu)
    expect(text).toMatch(/^read from +Kafka$/mu)
    expect(text).toMatch(/^partitions +orders\/1:5-9, orders\/2$/mu)
    expect(text).toMatch(/^left out +2 event ids$/mu)
    expect(text).toMatch(/^redrives +include$/mu)
    expect(text).toMatch(/^entries +20 with 20 keys, 9\.0 kB, at most 1,000 are run$/mu)
    expect(text).toMatch(/^as +the newest version of each event, through withoutNames, all by Kafka time, rehandle$/mu)
  })

  it('says that there are more keys than were counted', () => {
    const summary = { ...aReplayPlan().summary, keys: 1_000_000, keysCounted: 'in-part' as const }
    expect(planText(aReplayPlan({ summary }))).toMatch(/^entries +20 with more than 1,000,000 keys, /mu)
    expect(planView(aReplayPlan({ summary }))).toMatchObject({ summary: { keys: 1_000_000, keysCounted: 'in-part' } })
  })

  it('shows how the filter is divided', () => {
    const selection = { ...aReplayPlan().selection, filter: 'payload.after.total >= 100' }
    const split = { condition: 'name = {p0:String}', values: { p0: 'x' } }
    expect(planText(aReplayPlan({ selection, explanation: split }))).toMatch(
      /^filter +payload\.after\.total >= 100\n {2}on rows +nothing: the log decides all of it\n {2}query +name = \{p0:String\}$/mu,
    )
    expect(
      planText(aReplayPlan({ selection, explanation: { ...split, onRows: 'payload.after.total >= 100' } })),
    ).toMatch(/^ {2}on rows +payload\.after\.total >= 100, decided here over what the log lets pass$/mu)
  })

  it('cuts a query that is longer than the rest', () => {
    const selection = { ...aReplayPlan().selection, filter: 'action == "created"' }
    const explanation = { condition: 'x'.repeat(5_000), values: {} }
    expect(planText(aReplayPlan({ selection, explanation }))).toMatch(
      /^ {2}query +x{160}\.\.\. \(whole with -o json\)$/mu,
    )
  })

  it('counts what the definitions can make nothing of, with examples', () => {
    const check = {
      entries: 20,
      framed: 3,
      undecodable: 1,
      unknown: 0,
      notUpcast: 0,
      invalid: 2,
      samples: [
        { ...sample, eventId: 'e-7', name: 'order.created', problem: 'payload.after.total: expected a number' },
      ],
    }
    const text = planText(aReplayPlan({ check }))
    expect(text).toMatch(
      /^check +20 looked at, 3 encoded by a schema registry, 1 undecodable, 2 refused by the newest version$/mu,
    )
    expect(text).toMatch(
      /^ {2}2026-01-31T12:00:00\.000Z {2}orders\/1\/7 {2}order\.created e-7 {2}payload\.after\.total: expected a number$/mu,
    )
    expect(planText(aReplayPlan({ check: { ...check, framed: 0, undecodable: 0, invalid: 0, samples: [] } }))).toMatch(
      /^check +20 looked at, all fit the definitions$/mu,
    )
  })

  it('says how long it takes at a rate, and at most at a speed', () => {
    const plan = aReplayPlan({ first: sample, last: { ...sample, timestampMs: sample.timestampMs + 3_600_000 } })
    expect(planText(plan)).toMatch(/^duration +as fast as it goes$/mu)
    const paced = { ...plan, ratePerSecond: 10, speed: 2 }
    const none = Number.POSITIVE_INFINITY
    expect(planText(paced, { rate: none, speed: none })).toMatch(/^duration +as fast as it goes$/mu)
    expect(planText(plan, { rate: 10, speed: 2 })).toMatch(
      /^duration +about 2\.0 s at 10\/s, and up to 30 min 0 s at 2 times the original speed$/mu,
    )
  })

  it('ends with what a person has to know, also in short', () => {
    const plan = aReplayPlan({
      warnings: ['retention took what is older than 2026-01-01'],
      confirmations: ['shipping would see the records'],
    })
    for (const text of [planText(plan), shortPlanText(plan, {})]) {
      expect(text).toMatch(/^Groups passed by skip and count/mu)
      expect(text).toMatch(/^warning: retention took/mu)
    }
    expect(planText(plan).split('\n').at(-1)).toBe('to confirm: shipping would see the records')
  })
})

describe('a plan as JSON', () => {
  it('has its times in RFC 3339', () => {
    const plan = aReplayPlan({
      first: sample,
      topics: [{ name: 'orders', partitions: 3, witness: { partition: 0, offset: 1n, timestampMs: 0n } }],
    })
    expect(planView(plan)).toMatchObject({
      plannedAt: '2026-01-31T11:59:00.000Z',
      first: { kafkaTime: '2026-01-31T12:00:00.000Z' },
      topics: [{ witness: { kafkaTime: '1970-01-01T00:00:00.000Z' } }],
    })
    expect(JSON.stringify(planView(plan), (_, value: unknown) => (typeof value === 'bigint' ? '' : value))).not.toMatch(
      /Ms"/u,
    )
  })
})
