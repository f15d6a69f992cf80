import { describe, expect, it } from 'vitest'
import { createParameters } from '../clickhouse/statement.ts'
import { type Stretch, stretchesCondition } from './stretches-condition.ts'

function conditionOf(stretches: readonly Stretch[]) {
  const parameters = createParameters()
  const text = stretchesCondition(stretches, parameters)
  return { text, values: [...parameters.all.values()] }
}

const many = <Item>(count: number, make: (index: number) => Item): readonly Item[] =>
  Array.from({ length: count }, (_, index) => make(index))

describe('stretches as a condition', () => {
  it('unites what touches or overlaps', () => {
    const at = { topic: 'orders', partition: 3 }
    const { text, values } = conditionOf([
      { ...at, from: 30n, below: 40n },
      { ...at, from: 10n, below: 20n },
      { ...at, from: 20n, below: 25n },
      { ...at, from: 5n, below: 12n },
      { ...at, from: 31n, below: 32n },
    ])
    expect(text.match(/kafka_offset >=/g)).toHaveLength(2)
    expect(values).toEqual(['3', '5', '25', '30', '40', 'orders'])
  })

  it('holds nothing for no stretches, and a whole partition where both ends are open', () => {
    expect(conditionOf([]).text).toBe('false')
    const { values } = conditionOf([{ topic: 'orders', partition: 0 }])
    expect(values).toEqual(['0', '0', '9223372036854775808', 'orders'])
  })

  it('never holds a value in its text', () => {
    const evil = "x'); DROP TABLE audit_events; --"
    expect(conditionOf([{ cluster: evil, topic: evil, partition: 0 }]).text).not.toContain('DROP')
  })

  it.each([
    ['of as many partitions', many(10_000, (partition) => ({ topic: 't', partition, from: 1n }))],
    [
      'of one partition',
      many(10_000, (index) => ({ topic: 't', partition: 0, from: BigInt(index * 2), below: BigInt(index * 2 + 1) })),
    ],
    [
      'of some partitions, each just too many for a condition of its own',
      many(10_000, (index) => ({
        topic: 't',
        partition: index % 150,
        from: BigInt(index * 2),
        below: BigInt(index * 2 + 1),
      })),
    ],
    [
      'of both kinds',
      many(10_000, (index) => ({
        topic: 't',
        partition: index % 9 === 0 ? 0 : index % 140,
        from: BigInt(index * 2),
        below: BigInt(index * 2 + 1),
      })),
    ],
  ])('stays small for ten thousand %s', (_, stretches) => {
    const { text, values } = conditionOf(stretches)
    // The server takes 1,000 values, each of 131,072 characters, and a text of 262,144.
    expect(values.length).toBeLessThan(900)
    expect(Math.max(...values.map(({ length }) => length))).toBeLessThan(131_072)
    expect(text.length).toBeLessThan(100_000)
  })
})
