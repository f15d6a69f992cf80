import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigurationError } from '../errors/configuration-error.ts'
import { defineEvent } from './define-event.ts'
import type { EventDefinition } from './event-definition.ts'
import { parseEventPattern } from './event-pattern.ts'
import { createEventRegistry } from './event-registry.ts'
import { topicSpecsOf } from './topic-specs.ts'

const payload = { after: z.object({}) }
const OrderCreated = defineEvent('order.created', { version: 1, description: 'An order was placed', payload })
const OrderCancelled = defineEvent('order.cancelled', { version: 1, description: 'An order was cancelled', payload })
const UserLoggedIn = defineEvent('user.session.opened', { version: 2, description: 'A user logged in', payload })

describe('an event registry', () => {
  const registry = createEventRegistry([OrderCreated, OrderCancelled, UserLoggedIn])

  it('finds a definition by its name', () => {
    expect(registry.find('order.created')).toBe(OrderCreated)
    expect(registry.find('order.creat')).toBeUndefined()
    expect(registry.find('__proto__')).toBeUndefined()
  })

  it('finds definitions by a pattern, in the order they were given', () => {
    expect(registry.match('order.*')).toEqual([OrderCreated, OrderCancelled])
    expect(registry.match('**')).toEqual([OrderCreated, OrderCancelled, UserLoggedIn])
    expect(registry.match('user.*')).toEqual([])
    expect(registry.match(parseEventPattern('*.created'))).toEqual([OrderCreated])
  })

  it('refuses a malformed pattern', () => {
    expect(() => registry.match('order.')).toThrow(ConfigurationError)
  })

  it('lists each topic once, by name', () => {
    expect(registry.topics()).toEqual([
      { name: 'order', partitions: 6 },
      { name: 'user', partitions: 6 },
    ])
  })

  it('is frozen, and so is its list', () => {
    expect(Object.isFrozen(registry)).toBe(true)
    expect(Object.isFrozen(registry.definitions)).toBe(true)
  })

  it('does not follow changes of the list it was made from', () => {
    const list: EventDefinition[] = [OrderCreated]
    const made = createEventRegistry(list)
    list.push(OrderCancelled)
    expect(made.definitions).toEqual([OrderCreated])
  })

  it('refuses a name that stands twice, and names both definitions', () => {
    const Other = defineEvent('order.created', { version: 2, description: 'Another idea of it', payload })
    expect(() => createEventRegistry([OrderCreated, Other])).toThrow(
      'event registry: order.created is defined twice: version 1, "An order was placed" and version 2, "Another idea of it"',
    )
  })

  it('refuses what defineEvent did not make', () => {
    const forged = { ...OrderCreated }
    expect(() => createEventRegistry([OrderCancelled, forged])).toThrow('entry 1 was not made by defineEvent')
  })

  it('refuses two descriptions of one topic, and says how to give both the same', () => {
    const Wider = defineEvent('order.paid', {
      version: 1,
      description: 'An order was paid',
      payload,
      topic: { name: 'order', partitions: 12, settings: { 'retention.ms': '1' } },
    })
    expect(() => createEventRegistry([OrderCreated, Wider])).toThrow(
      'order.created and order.paid describe topic order differently (6 partitions and 12 partitions, retention.ms=1); declare the topic once and give it to both',
    )
    expect(() => topicSpecsOf([OrderCreated, Wider])).toThrow(ConfigurationError)
  })

  it('takes one topic given to several definitions, whatever the order of its settings', () => {
    const first = { name: 'shared', partitions: 3, settings: { a: '1', b: '2' } }
    const second = { name: 'shared', partitions: 3, settings: { b: '2', a: '1' } }
    const definitions = [
      defineEvent('order.paid', { version: 1, description: 'An order was paid', payload, topic: first }),
      defineEvent('order.sent', { version: 1, description: 'An order was sent', payload, topic: second }),
    ]
    expect(createEventRegistry(definitions).topics()).toEqual([first])
  })
})
