import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyPlan } from '../../test/any-plan.ts'
import { planHash } from './plan-hash.ts'
import type { ReplayPlan } from './replay-plan.ts'

type Path = readonly string[]

const decisive: readonly Path[] = [
  ['replayId'],
  ['reason'],
  ['readFrom'],
  ['mode'],
  ['order'],
  ['content'],
  ['transform'],
  ['target'],
  ['groups'],
  ['maxEntries'],
  ['topics'],
  ['confirmations'],
  ['summary', 'entries'],
  ['selection', 'fromMs'],
  ['selection', 'toMs'],
  ['selection', 'timeField'],
  ['selection', 'names'],
  ['selection', 'entityType'],
  ['selection', 'entityId'],
  ['selection', 'actorType'],
  ['selection', 'actorId'],
  ['selection', 'correlationId'],
  ['selection', 'organizationId'],
  ['selection', 'topics'],
  ['selection', 'eventIds'],
  ['selection', 'excludedEventIds'],
  ['selection', 'ranges'],
  ['selection', 'statuses'],
  ['selection', 'replays'],
  ['selection', 'redrives'],
  ['selection', 'filter'],
  ['selection', 'below'],
]

function at(value: unknown, [field, ...rest]: Path): unknown {
  if (field === undefined) return value
  return at(Reflect.get(value as object, field), rest)
}

function withPart<Value>(value: Value, [field, ...rest]: Path, part: unknown): Value {
  if (field === undefined) return part as Value
  return { ...value, [field]: withPart(Reflect.get(value as object, field), rest, part) }
}

/** The same value with every object's keys the other way round, and absent fields written out. */
function rearranged<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(rearranged) as Value
  const fields = Object.entries(value).map(([name, part]) => [name, rearranged(part) as unknown])
  return Object.fromEntries([['nothing', undefined], ...fields.toReversed()]) as Value
}

describe('plan hash', () => {
  it('is the same for the same plan, however its fields are ordered and whether absent ones are named', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        expect(planHash(rearranged(plan))).toBe(planHash(plan))
      }),
    )
  })

  it('changes with whatever decides which records go where and how, and with what guards that', () => {
    fc.assert(
      fc.property(anyPlan, anyPlan, fc.constantFrom(...decisive), (plan, other, path) => {
        const part = at(other, path)
        const changed: ReplayPlan = withPart(plan, path, part)
        const isSame = planHash(changed) === planHash(plan)
        expect(isSame).toBe(textOf(part) === textOf(at(plan, path)))
      }),
      { numRuns: 1_000 },
    )
  })

  it('does not change with what only describes', () => {
    fc.assert(
      fc.property(
        anyPlan,
        anyPlan,
        (plan, { plannedAtMs, by, check, ratePerSecond, speed, targetGroups, otherGroups, warnings }) => {
          const described: ReplayPlan = {
            ...plan,
            plannedAtMs,
            by,
            targetGroups,
            otherGroups,
            warnings,
            ...(check && { check }),
            ...(ratePerSecond !== undefined && { ratePerSecond }),
            ...(speed !== undefined && { speed }),
          }
          expect(planHash(described)).toBe(planHash(plan))
        },
      ),
    )
  })

  it.each([
    ['an offset', ['selection', 'below'], [{ cluster: 'c', topic: 'orders', partition: 0, below: 2n ** 63n - 2n }]],
    [
      'a bigint that became a text',
      ['selection', 'below'],
      [{ cluster: 'c', topic: 'orders', partition: 0, below: '9223372036854775807' }],
    ],
    [
      'a witness',
      ['topics'],
      [{ name: 'orders', partitions: 1, witness: { partition: 0, offset: 1n, timestampMs: 1n } }],
    ],
  ])('changes with %s', (_what, path, part) => {
    const [plan] = fc.sample(anyPlan, { numRuns: 1, seed: 42 }) as [ReplayPlan]
    const before = withPart(
      plan,
      ['selection', 'below'],
      [{ cluster: 'c', topic: 'orders', partition: 0, below: 2n ** 63n - 1n }],
    )
    expect(planHash(withPart(before, path, part))).not.toBe(planHash(before))
  })
})

/** Values told apart as a reader would, bigints by a sign of their own. */
function textOf(value: unknown): string | undefined {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
}
