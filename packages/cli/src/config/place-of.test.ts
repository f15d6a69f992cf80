import { describe, expect, it } from 'vitest'
import { placeOf } from './place-of.ts'

function failed(stack: string): Error {
  return Object.assign(new Error('x'), { stack })
}

describe('the place where a module failed to load', () => {
  it('is the line that Node could not read, also of a file that another imports', () => {
    const error = failed(
      [
        'file:///shop/events%20all.ts:3',
        'export default {',
        '',
        'SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Unexpected token',
        '    at parseTypeScript (node:internal/modules/typescript:72:36)',
      ].join('\n'),
    )
    expect(placeOf(error)).toBe('/shop/events all.ts:3')
  })

  it('is the line of the module that threw, not of the function it called', () => {
    const error = failed(
      [
        'ConfigurationError: event "Order": name',
        '    at defineEvent (file:///node_modules/@ledgerbus/core/dist/define-event.js:40:9)',
        '    at file:///shop/events.ts:5:27',
        '    at ModuleJob.run (node:internal/modules/esm/module_job:561:25)',
        '    at async file:///ledgerbus/config.js:1:104',
      ].join('\n'),
    )
    expect(placeOf(error)).toBe('/shop/events.ts:5')
  })

  it('is told of CommonJS too', () => {
    const thrown = failed(
      'Error: x\n    at Object.<anonymous> (/shop/all events.ts:2:7)\n    at Module._compile (node:1:2)',
    )
    expect(placeOf(thrown)).toBe('/shop/all events.ts:2')
    expect(placeOf(failed('/shop/events.ts:7\n  events: [,\n\nSyntaxError: Unexpected token'))).toBe(
      '/shop/events.ts:7',
    )
  })

  it.each([
    [failed('Error: connect ECONNREFUSED 127.0.0.1:1\n    at node:net:1:1')],
    [failed('Error: x\n    at node:internal:1:1')],
    ['no error'],
    [undefined],
  ])('is not known of %s', (error) => {
    expect(placeOf(error)).toBeUndefined()
  })
})
