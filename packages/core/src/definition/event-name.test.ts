import { describe, expect, it } from 'vitest'
import { eventNameProblem, firstWord, lastWord } from './event-name.ts'

describe('an event name', () => {
  it.each(['order.created', 'order.line.added', 'a.b', 'user_2.logged_in', '2024.closed'])('may be %s', (name) => {
    expect(eventNameProblem(name)).toBeUndefined()
  })

  it.each([
    '',
    'order',
    'Order.created',
    'order.',
    '.created',
    'order..created',
    'order.created ',
    'order.created\n',
    'order-line.added',
    'order.*',
    'bestellung.geändert',
  ])('must not be %j', (name) => {
    expect(eventNameProblem(name)).toContain('two or more words of a-z, 0-9 and _ joined by dots')
  })

  it('has at most 200 characters', () => {
    expect(eventNameProblem(`a.${'b'.repeat(198)}`)).toBeUndefined()
    expect(eventNameProblem(`a.${'b'.repeat(199)}`)).toBe('name: at most 200 characters, not 201')
  })

  it('must be a text', () => {
    expect(eventNameProblem(undefined)).toBe('name: must be a string such as "order.created"')
  })

  it('tells the entity type in its first word and the action in its last', () => {
    expect(firstWord('order.line.added')).toBe('order')
    expect(lastWord('order.line.added')).toBe('added')
  })
})
