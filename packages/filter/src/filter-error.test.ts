import { ConfigurationError, isLedgerbusError } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { compileFilter } from './compile-filter.ts'
import { FilterError } from './filter-error.ts'

function errorOf(text: string): FilterError {
  try {
    compileFilter(text)
  } catch (error) {
    if (error instanceof FilterError) return error
  }
  throw new Error(`${text} was taken`)
}

describe('the error of a filter', () => {
  it('is a configuration error with a code of its own, the text, and each problem with its place', () => {
    const error = errorOf('paylod.after.total >= 1000 && entity.typ == "order"')
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(isLedgerbusError(error)).toBe(true)
    expect(error).toMatchObject({
      name: 'FilterError',
      code: 'FILTER_INVALID',
      outcome: 'failed',
      retriable: false,
      text: 'paylod.after.total >= 1000 && entity.typ == "order"',
      issues: [
        { position: 0, message: 'nothing is named "paylod"; did you mean "payload"?' },
        { position: 37, message: 'entity has type and id, not "typ"; did you mean "type"?' },
      ],
    })
    expect(error.problems).toHaveLength(2)
  })

  it('draws a caret under each place', () => {
    expect(errorOf('paylod.after.total >= 1000').message).toBe(
      [
        'filter: column 1',
        '    paylod.after.total >= 1000',
        '    ^ nothing is named "paylod"; did you mean "payload"?',
      ].join('\n'),
    )
    expect(errorOf('payload.after.total >=').message).toBe(
      [
        'filter: column 23',
        '    payload.after.total >=',
        '                          ^ a value is expected here, not the end',
      ].join('\n'),
    )
  })

  it('shows the line that is meant, and the part of a long one', () => {
    expect(errorOf('name == "a" &&\n\tverson > 1 &&\n  true').problems).toEqual([
      ['line 2, column 2', '     verson > 1 &&', '     ^ nothing is named "verson"; did you mean "version"?'].join(
        '\n',
      ),
    ])
    const long = errorOf(`name == "${'é'.repeat(200)}" && verson > 1 && source == "${'a'.repeat(200)}"`).problems[0]
    expect(long?.split('\n').every((line) => line.length < 120)).toBe(true)
    expect(long).toMatch(/…é+" && verson > 1 && source == "a+…\n {65}\^/)
  })

  it('keeps terminals safe from what stands in a filter', () => {
    const { message, issues } = errorOf('name == "\u001b[2J\u202e" && entity["\\u001b[2J\\u202e\\n"] == "a"')
    expect(message).not.toMatch(/[\u001b\u202e]/)
    expect(issues[0]?.message).not.toMatch(/[\u001b\u202e\n]/)
  })

  it('has a caret at the place also behind characters of two units', () => {
    const [, line = '', caret = ''] = errorOf('name == "😀😀" && verson > 1').problems[0]?.split('\n') ?? []
    expect(Array.from(line).slice(caret.indexOf('^')).join('')).toBe('verson > 1')
  })
})
