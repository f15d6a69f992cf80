import { describe, expect, it } from 'vitest'
import { formOf } from './form.ts'
import { createParameters } from './statement.ts'

describe('the values of a statement', () => {
  it('stand apart from its text', () => {
    const parameters = createParameters()
    expect(parameters.one("o'1; DROP TABLE x", 'String')).toBe('{p0:String}')
    expect(parameters.lists(['a', "b'c"], 'String')).toEqual(['{p1:Array(String)}'])
    expect([...parameters.all]).toEqual([
      ['p0', "o\\'1; DROP TABLE x"],
      ['p1', "['a','b\\'c']"],
    ])
  })

  it('are escaped as a field of the TabSeparated format', () => {
    const parameters = createParameters()
    parameters.one('a\tb\nc\rd\\e\0f', 'String')
    expect(parameters.all.get('p0')).toBe('a\\tb\\nc\\rd\\\\e\\0f')
  })

  it('are split where a list would not fit into a field of a form', () => {
    const parameters = createParameters()
    const ids = Array.from({ length: 10_000 }, (_, index) => `id-${String(index).padStart(33, '0')}`)
    const lists = parameters.lists(ids, 'String')
    expect(lists.length).toBeGreaterThan(1)
    for (const text of parameters.all.values()) expect(text.length).toBeLessThan(131_072)
    expect([...parameters.all.values()].flatMap((text) => text.slice(2, -2).split("','"))).toEqual(ids)
  })

  it('travel in a form whose boundary none of them holds', () => {
    const { body, contentType } = formOf({ sql: 'SELECT 1', parameters: new Map([['p0', 'ledgerbus-form']]) })
    const boundary = contentType.slice('multipart/form-data; boundary='.length)
    expect(boundary).not.toBe('ledgerbus-form')
    expect(body.split(`--${boundary}`)).toHaveLength(4)
  })
})
