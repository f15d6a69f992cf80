import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { anyPlan } from '../../test/any-plan.ts'
import { anOrder, aPlanWorld, events } from '../../test/plan-world.ts'
import { decodePlan, encodePlan } from './plan-codec.ts'
import { planHash } from './plan-hash.ts'
import type { ReplayPlan } from './replay-plan.ts'

type Json = Record<string, unknown>

let plan: ReplayPlan

beforeAll(async () => {
  const world = await aPlanWorld()
  await world.publish('orders', 0, [anOrder('o-1', { total: 'a lot' })])
  plan = await world.plan({ filter: 'name == "order.created"' }, { events })
})

function changed(change: (stored: { schemaVersion: unknown; plan: Json }) => void): Uint8Array {
  const stored = JSON.parse(new TextDecoder().decode(encodePlan(plan))) as { schemaVersion: unknown; plan: Json }
  change(stored)
  return new TextEncoder().encode(JSON.stringify(stored))
}

function refusal(bytes: Uint8Array): unknown {
  try {
    decodePlan(bytes)
  } catch (error) {
    return error
  }
  throw new Error('it was read')
}

describe('plan as it stands in Kafka', () => {
  it('is the same plan when it is read again, whatever it holds', () => {
    fc.assert(
      fc.property(anyPlan, (one) => {
        const read = decodePlan(encodePlan(one))
        expect(read).toEqual(one)
        expect(planHash(read)).toBe(one.hash)
      }),
    )
  })

  it('is read as it was where an earlier version wrote it, which knew less', () => {
    const { unchecked: _, ratePerSecond: __, speed: ___, ...first } = plan
    const stored = changed((json) => {
      json.schemaVersion = 1
      for (const field of ['unchecked', 'ratePerSecond', 'speed']) delete json.plan[field]
    })
    expect(decodePlan(stored)).toEqual(first)
    expect(planHash(decodePlan(stored))).toBe(plan.hash)
  })

  it('is frozen when it is read', () => {
    expect(Object.isFrozen(decodePlan(encodePlan(plan)).selection.below)).toBe(true)
  })

  it('holds no payload, not even of entries that do not fit their definition', () => {
    expect(plan.check?.invalid).toBe(1)
    expect(new TextDecoder().decode(encodePlan(plan))).not.toContain('a lot')
  })

  it.each([
    ['no JSON', new TextEncoder().encode('{'), /no JSON/u],
    ['no UTF-8', Uint8Array.of(0xff), /no JSON/u],
    ['no object', new TextEncoder().encode('null'), /no object/u],
    ['nothing', new Uint8Array(), /no JSON/u],
  ])('is refused when it is %s', (_what, bytes, message) => {
    expect(refusal(bytes)).toMatchObject({
      code: 'REPLAY_STATE_UNREADABLE',
      message: expect.stringMatching(message) as unknown,
    })
  })

  it.each<[string, (stored: { schemaVersion: unknown; plan: Json }) => void, RegExp]>([
    ['it has no version', (stored) => delete stored.schemaVersion, /no version/u],
    ['a newer version wrote it', (stored) => (stored.schemaVersion = 3), /newer version/u],
    ['its version never was', (stored) => (stored.schemaVersion = 0), /no version 0/u],
    ['a field is missing', ({ plan: json }) => delete json['groups'], /groups is not there/u],
    ['a field is of another type', ({ plan: json }) => (json['reason'] = 1), /reason is not a text/u],
    ['a field is null', ({ plan: json }) => (json['target'] = null), /target is not a text/u],
    ['a word is unknown', ({ plan: json }) => (json['mode'] = 'again'), /mode is not one of/u],
    ['a field is unknown', ({ plan: json }) => (json['pace'] = 2), /pace is not a known field/u],
    [
      'an offset is a number',
      ({ plan: json }) =>
        ((json['selection'] as Json)['below'] = [{ cluster: 'c', topic: 't', partition: 0, below: 1 }]),
      /selection\.below\[0\]\.below is not an integer as text/u,
    ],
    ['a list is none', ({ plan: json }) => ((json['summary'] as Json)['byDay'] = {}), /summary\.byDay is not a list/u],
  ])('is refused when %s', (_what, change, message) => {
    expect(refusal(changed(change))).toMatchObject({
      code: 'REPLAY_STATE_UNREADABLE',
      message: expect.stringMatching(message) as unknown,
    })
  })

  it('is refused when it is larger than Kafka takes, with what makes it so', () => {
    const eventIds = Array.from(
      { length: 24_000 },
      (_, index) => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    )
    const large = { ...plan, selection: { ...plan.selection, eventIds } }
    expect(() => encodePlan(large)).toThrow(
      expect.objectContaining({
        code: 'REPLAY_PLAN_TOO_LARGE',
        message: expect.stringContaining('24000 event ids (') as unknown,
      }),
    )
    expect(
      encodePlan({ ...plan, selection: { ...plan.selection, eventIds: eventIds.slice(0, 20_000) } }).length,
    ).toBeLessThan(900_000)
  })
})
