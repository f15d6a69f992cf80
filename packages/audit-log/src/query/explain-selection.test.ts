import { compileFilter } from '@ledgerbus/filter'
import { describe, expect, it } from 'vitest'
import { createParameters } from '../clickhouse/statement.ts'
import { explainSelection } from './explain-selection.ts'
import { filterCondition } from './filter/filter-condition.ts'

describe('a selection explained', () => {
  it('binds every value of a filter, and tells what is left for the process', () => {
    const { condition, values, onRows } = explainSelection({
      entityType: "o'rder",
      filter: 'name == "order.created" && payload.after.total >= 1000 && re2(payload.after.note, "x|y")',
    })
    expect(condition).toMatch(/event_name = \{p\d+:String\}/u)
    expect(condition).not.toMatch(/o'rder|order\.created|1000/u)
    expect(Object.values(values)).toEqual(expect.arrayContaining(["o\\'rder", 'order.created']))
    expect(onRows).toBe('payload.after.total >= 1000 && re2(payload.after.note, "x|y")')
  })

  it('leaves nothing to the process where columns say it all', () => {
    const { onRows } = explainSelection({ filter: 'version >= 2 && (entity.type == "order" || !has(actor))' })
    expect(onRows).toBeUndefined()
  })

  it('stays small for any filter, and asks for few enough values', () => {
    const deep = (levels: number): string =>
      levels === 0 ? 'version == 1' : `((${deep(levels - 1)}) ? version == 2 : version == 3)`
    const wide = Array.from({ length: 25 }, (_, index) => `payload.after.a${index}.b${index} == ${index}`).join(' || ')
    for (const text of [deep(18), wide]) {
      const { condition, values } = explainSelection({ filter: text })
      expect(condition.length).toBeLessThan(60_000)
      expect(Object.keys(values).length).toBeLessThan(900)
    }
  })

  it('is sure of nothing where a part may use up the steps of an evaluation', () => {
    const { tree } = compileFilter('version == 1 || payload.after.items.exists(item, item > 1)')
    const { possibly, surely } = filterCondition(tree, createParameters())
    expect(surely).toBe('false')
    expect(possibly).toContain('event_version')
  })
})
