import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import * as core from '../index.ts'
import { BrokerError } from './broker-error.ts'
import { ConfigurationError } from './configuration-error.ts'
import { EventDecodeError } from './event-decode-error.ts'
import { EventValidationError } from './event-validation-error.ts'
import { isLedgerbusError, LedgerbusError } from './ledgerbus-error.ts'

const issues = [{ path: 'payload.after', message: 'is wrong' }]

/** One error for each class and code that core itself throws. */
const thrown: readonly LedgerbusError[] = [
  new ConfigurationError('options', ['x: is wrong']),
  new ConfigurationError('topics', ['orders does not exist'], { code: 'TOPICS_MISSING' }),
  new EventDecodeError(issues),
  new EventDecodeError(issues, { code: 'EVENT_TOO_LARGE' }),
  new EventDecodeError(issues, { code: 'EVENT_TOO_DEEP' }),
  new EventDecodeError(issues, { code: 'EVENT_TOO_MANY_KEYS' }),
  new EventValidationError('order.created', issues),
  new EventValidationError('order.created', issues, { code: 'EVENT_VERSION_UNKNOWN' }),
  new EventValidationError('order.created', issues, { code: 'EVENT_UPCAST_FAILED' }),
  new EventValidationError('order.created', issues, { code: 'EVENT_SCHEMA_FAILED' }),
]

const exportedClasses = Object.entries(core).filter(
  (entry): entry is [string, typeof LedgerbusError] =>
    typeof entry[1] === 'function' && entry[1].prototype instanceof LedgerbusError,
)

describe('the errors of core', () => {
  it('are these classes, each named as it is exported', () => {
    expect(exportedClasses.map(([name]) => name).sort()).toEqual([
      'BrokerError',
      'ConfigurationError',
      'EventDecodeError',
      'EventValidationError',
    ])
    for (const [name, type] of exportedClasses) expect(type.name).toBe(name)
  })

  it('bear the name of their class', () => {
    for (const error of thrown) expect(error.name).toBe(error.constructor.name)
  })

  it('have a code each, and no code twice', () => {
    const codes = thrown.map((error) => error.code)
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of codes) expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)+$/)
  })

  it('are explained in docs/errors/core.md, all of them and no others', async () => {
    const page = await readFile(new URL('../../../../docs/errors/core.md', import.meta.url), 'utf8')
    const sections = page.split(/^## /m).slice(1)
    expect(sections.map((section) => section.slice(0, section.indexOf('\n'))).sort()).toEqual(
      thrown.map((error) => error.code).sort(),
    )
    for (const section of sections) {
      expect(section).toMatch(/\*\*Meaning\*\*[^]*\*\*Cause\*\*[^]*\*\*Remedy\*\*/)
    }
  })

  it('failed and are not worth the same call again, unless they say otherwise', () => {
    for (const error of thrown) expect(error).toMatchObject({ outcome: 'failed', retriable: false })
    const facts = {
      code: 'BROKER_NO_ANSWER',
      outcome: 'unknown',
      retriable: true,
      topic: 'orders',
      partition: 3,
    } as const
    const error = new BrokerError('the connection closed', facts)
    expect(error).toMatchObject({ ...facts, groupId: undefined })
  })

  it('pass their cause on, and have none where there is none', () => {
    const cause = new Error('refused')
    expect(new BrokerError('x', { code: 'BROKER_UNREACHABLE', cause }).cause).toBe(cause)
    expect(new ConfigurationError('x', ['y'], { cause }).cause).toBe(cause)
    expect('cause' in new ConfigurationError('x', ['y'])).toBe(false)
  })

  it('are told apart by a mark that copies share, not by their class', () => {
    const foreign = new Error('from another copy')
    Object.defineProperty(foreign, Symbol.for('ledgerbus.error'), { value: true })
    expect(isLedgerbusError(foreign)).toBe(true)
    for (const error of thrown) expect(isLedgerbusError(error)).toBe(true)
    for (const other of [new Error('x'), { code: 'EVENT_INVALID' }, undefined, null, 'EVENT_INVALID']) {
      expect(isLedgerbusError(other)).toBe(false)
    }
  })

  it('are errors with a stack', () => {
    for (const error of thrown) {
      expect(error).toBeInstanceOf(Error)
      expect(error.stack).toContain('errors.test.ts')
    }
  })
})

describe('the message of an error', () => {
  it('names every problem of a configuration', () => {
    expect(new ConfigurationError('retry', ['a: is wrong', 'b: is wrong']).message).toBe(
      'retry: a: is wrong; b: is wrong',
    )
  })

  it('names the first five issues of an event and counts the rest', () => {
    const many = Array.from({ length: 7 }, (_, index) => ({ path: `p${index}`, message: 'is wrong' }))
    expect(new EventValidationError('order.created', many).message).toBe(
      'order.created: p0: is wrong; p1: is wrong; p2: is wrong; p3: is wrong; p4: is wrong; and 2 more',
    )
    expect(new EventValidationError('order.created', many).issues).toHaveLength(7)
  })

  it('has no path where the issue is about the whole', () => {
    expect(new EventDecodeError([{ path: '', message: 'is not JSON' }]).message).toBe(
      'the value is no event: is not JSON',
    )
  })
})
