import { ConfigurationError } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { factsOf } from './error-facts.ts'

const asIs = (text: string) => text

function thrownFor(id: string): unknown {
  try {
    throw new RangeError(`order ${id} of "Ann" costs ${id.length * 7.5}`)
  } catch (error) {
    return error
  }
}

describe('the facts of an error', () => {
  it('are its class, code and message', () => {
    expect(factsOf(new ConfigurationError('x', ['y']), asIs)).toMatchObject({
      errorClass: 'ConfigurationError',
      code: 'CONFIGURATION_INVALID',
      message: 'x: y',
    })
  })

  it('have the same fingerprint when only numbers, ids and quoted words differ', () => {
    const one = factsOf(thrownFor('0198c7a2-1111-7000-8000-000000000001'), asIs)
    const other = factsOf(thrownFor('0198c7a2-2222-7000-8000-000000000002'), asIs)
    const elsewhere = factsOf(new RangeError('order 1 of "Bob" costs 2'), asIs)

    expect(one.fingerprint).toMatch(/^[0-9a-f]{16}$/)
    expect(other.fingerprint).toBe(one.fingerprint)
    expect(elsewhere.fingerprint).not.toBe(one.fingerprint)
  })

  it('can be read of whatever was thrown', () => {
    const evil = new Proxy(new Error('x'), {
      get() {
        throw new Error('no')
      },
    })
    expect(factsOf('a text', asIs)).toMatchObject({ errorClass: 'string', message: 'a text' })
    expect(factsOf(undefined, asIs)).toMatchObject({ errorClass: 'undefined', message: 'undefined' })
    expect(factsOf(Symbol('s'), asIs)).toMatchObject({ errorClass: 'symbol', message: 'Symbol(s)' })
    expect(factsOf(Object.create(null), asIs)).toMatchObject({ message: 'the thrown value cannot be read' })
    expect(factsOf(evil, asIs)).toMatchObject({ message: 'the thrown value cannot be read' })
  })

  it('show nothing when the redaction itself fails', () => {
    const facts = factsOf(new Error('secret'), () => {
      throw new Error('no rule')
    })
    expect(facts).toMatchObject({ message: '[redaction failed]', stack: '[redaction failed]' })
  })
})
