import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Envelope } from '../envelope/envelope.ts'
import { ConfigurationError } from '../errors/configuration-error.ts'
import { defineEvent, isEventDefinition } from './define-event.ts'

const sound = { version: 1, description: 'A new order was placed', payload: { after: z.object({ total: z.number() }) } }

function define(name: unknown, options: unknown): unknown {
  // Wrong on purpose: what JavaScript lets through is checked when it runs.
  return defineEvent(name as 'order.created', options as typeof sound)
}

function problemsOf(name: unknown, options: unknown): readonly string[] {
  try {
    define(name, options)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

const anEnvelope: Envelope = {
  eventId: '01900000-0000-7000-8000-000000000000',
  name: 'order.line.added',
  version: 1,
  correlationId: '01900000-0000-7000-8000-000000000000',
  timestamp: '2026-01-31T12:00:00.000Z',
  source: 'checkout',
  action: 'added',
  payload: { after: { total: 1, customer: 'c-1' } },
}

describe('an event definition', () => {
  it('fills in topic, entity type and action from the words of the name', () => {
    const definition = defineEvent('order.line.added', sound)
    expect(definition.topic).toEqual({ name: 'order', partitions: 6 })
    expect(definition.entityType).toBe('order')
    expect(definition.action).toBe('added')
    expect(definition.requireActor).toBe(false)
    expect(definition.requireEntity).toBe(false)
    expect(definition).not.toHaveProperty('example')
  })

  it('keeps what it was told', () => {
    const definition = defineEvent('order.line.added', {
      ...sound,
      requireActor: true,
      requireEntity: true,
      topic: { name: 'orders', partitions: 12, replicationFactor: 3, settings: { 'retention.ms': '604800000' } },
      entityType: 'order_line',
      action: 'add',
      example: { after: { total: 100 } },
    })
    expect(definition).toMatchObject({
      name: 'order.line.added',
      version: 1,
      description: 'A new order was placed',
      requireActor: true,
      requireEntity: true,
      topic: { name: 'orders', partitions: 12, replicationFactor: 3, settings: { 'retention.ms': '604800000' } },
      entityType: 'order_line',
      action: 'add',
      example: { after: { total: 100 } },
    })
  })

  it('takes a name alone as topic', () => {
    expect(defineEvent('order.created', { ...sound, topic: 'orders' }).topic).toEqual({ name: 'orders', partitions: 6 })
  })

  it('keys records by the entity, and without an entity not at all', () => {
    const { key } = defineEvent('order.line.added', sound)
    expect(key({ ...anEnvelope, entity: { type: 'order', id: 'o-1' } })).toBe('o-1')
    expect(key(anEnvelope)).toBeNull()
  })

  it('keys records as its own key function says', () => {
    const definition = defineEvent('order.line.added', {
      ...sound,
      payload: { after: z.object({ customer: z.string() }) },
      key: (event) => event.payload.after.customer,
    })
    expect(definition.key(anEnvelope)).toBe('c-1')
  })

  it('is frozen through and through, and leaves what it was given unfrozen', () => {
    const topic = { name: 'orders', settings: { 'cleanup.policy': 'compact' } }
    const example = { after: { total: 1, items: [{ id: 'i-1' }] } }
    const definition = defineEvent('order.created', {
      ...sound,
      payload: { after: z.object({ total: z.number(), items: z.array(z.object({ id: z.string() })) }) },
      topic,
      example,
    })
    for (const part of [
      definition,
      definition.payload,
      definition.topic,
      definition.topic.settings,
      definition.example,
      definition.example?.after,
      definition.example?.after.items,
      definition.example?.after.items[0],
    ]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    expect(Object.isFrozen(topic) || Object.isFrozen(topic.settings) || Object.isFrozen(example.after)).toBe(false)
  })

  it('is told apart from everything else', () => {
    expect(isEventDefinition(defineEvent('order.created', sound))).toBe(true)
    expect(isEventDefinition({ ...defineEvent('order.created', sound) })).toBe(false)
    expect(isEventDefinition(sound)).toBe(false)
    expect(isEventDefinition(null)).toBe(false)
  })

  it('reports every problem at once, by option', () => {
    const problems = problemsOf('Order', {
      version: 0,
      description: ' ',
      requireActor: 'yes',
      topic: { name: 'a/b', partitions: 0, replicas: 3, settings: { 'retention.ms': 1 } },
      entityType: '',
      key: 'id',
      payload: { after: 'string', during: z.string() },
      filter: 'x',
    })
    expect(problems.map((problem) => problem.slice(0, problem.indexOf(':')))).toEqual([
      'name',
      'filter',
      'version',
      'description',
      'requireActor',
      'entityType',
      'key',
      'topic',
      'topic.replicas',
      'topic.partitions',
      'topic.settings',
      'payload.after',
      'payload.during',
    ])
  })

  it.each([0, -1, 1.5, 65_536, Number.NaN, '1', undefined])('must not have version %s', (version) => {
    expect(problemsOf('order.created', { ...sound, version })).toEqual(['version: must be an integer from 1 to 65535'])
  })

  it('may have any version from 1 to 65535', () => {
    expect(problemsOf('order.created', { ...sound, version: 1 })).toEqual([])
    expect(problemsOf('order.created', { ...sound, version: 65_535 })).toEqual([])
  })

  it.each(['', '.', '..', 'a b', 'a/b', 'ä', 'a'.repeat(250)])('must not use the topic name %j', (topic) => {
    expect(problemsOf('order.created', { ...sound, topic })[0]).toContain('1 to 249 characters')
  })

  it('must not describe its topic by anything but a name or an object', () => {
    expect(problemsOf('order.created', { ...sound, topic: 7 })).toEqual([
      'topic: must be a name, or an object with a name',
    ])
    expect(problemsOf('order.created', { ...sound, topic: { name: 'a', settings: 'compact' } })).toEqual([
      'topic.settings: must be an object of texts',
    ])
  })

  it('may use every topic name that Kafka takes', () => {
    expect(problemsOf('order.created', { ...sound, topic: `Az09._-${'a'.repeat(242)}` })).toEqual([])
  })

  it('says so when there are no options, no payload or no object of parts', () => {
    expect(problemsOf('order.created', undefined)).toEqual(['options: must be an object'])
    expect(problemsOf('order.created', { ...sound, payload: undefined })).toEqual([
      'payload: must be an object with schemas for before, after or extra',
    ])
  })

  it('names the event in its error', () => {
    expect(() => define('order.created', { ...sound, version: 0 })).toThrow(
      new ConfigurationError('event "order.created"', ['version: must be an integer from 1 to 65535']),
    )
  })
})

describe('the example of a definition', () => {
  it('must fit the schemas, as a publish must', () => {
    expect(problemsOf('order.created', { ...sound, example: { after: { total: '100' } } })).toEqual([
      'example.after.total: Invalid input: expected number, received string',
    ])
    expect(problemsOf('order.created', { ...sound, example: {} })).toEqual([
      'example.after: Invalid input: expected object, received undefined',
    ])
  })

  it('must not have keys or parts that are not declared', () => {
    const example = { after: { total: 1, colour: 'red' }, before: {} }
    expect(problemsOf('order.created', { ...sound, example })).toEqual([
      'example.before: is not declared; add it to the schema or leave it out',
      'example.after.colour: is not declared; add it to the schema or leave it out',
    ])
  })

  it('shows schemas that turn out to be async', () => {
    const after = z.string().superRefine(async () => undefined)
    expect(problemsOf('order.created', { ...sound, payload: { after }, example: { after: 'x' } })).toEqual([
      'example.after: has an async schema; events are checked synchronously',
    ])
  })
})

describe('the upcasters of a definition', () => {
  const same = (payload: object): object => payload

  function problems(upcast: unknown, version: unknown = 4): readonly string[] {
    return problemsOf('order.created', { ...sound, version, upcast })
  }

  it('lead from any older version up to the newest, without a gap', () => {
    expect(problems({ 1: same, 2: same, 3: same })).toEqual([])
    expect(problems({ 3: same })).toEqual([])
    expect(problems({})).toEqual([])
    expect(problems({}, 1)).toEqual([])
  })

  it('must have no gap, each of which is told', () => {
    expect(problems({ 1: same, 6: same }, 8)).toEqual([
      'upcast: has a gap, nothing leads on from versions 2 to 5',
      'upcast: has a gap, nothing leads on from version 7',
    ])
    expect(problems({ 1: same }, 65_535)).toEqual(['upcast: has a gap, nothing leads on from versions 2 to 65534'])
  })

  it('must lead on from versions below the newest', () => {
    expect(problems({ 3: same, 4: same, 70_000: same })).toEqual([
      'upcast.4: the newest version is 4, and upcasters lead on from those below it',
      'upcast.70000: the newest version is 4, and upcasters lead on from those below it',
    ])
  })

  it.each(['0', '-1', '1.5', '01', 'v1', ' 1', '1e3', '1000000000'])('must not stand under %j', (key) => {
    expect(problems({ 3: same, [key]: same })).toEqual([
      `upcast.${key}: must be the version that it upcasts from, such as 1`,
    ])
  })

  it('must be synchronous functions', () => {
    expect(problems({ 2: 'same', 3: async (payload: object) => payload })).toEqual([
      'upcast.2: must be a function of the payload',
      'upcast.3: must be synchronous and return the payload',
    ])
  })

  it.each([[new Map([[3, same]])], [[same]], ['1'], [null], [same]])('must be a plain object', (upcast) => {
    expect(problems(upcast)).toEqual(['upcast: must be an object of functions, by the version that they upcast from'])
  })

  it('are told with what else is wrong, also where the version is', () => {
    expect(problems({ one: same, 2: 7 }, 0)).toEqual([
      'version: must be an integer from 1 to 65535',
      'upcast.2: must be a function of the payload',
      'upcast.one: must be the version that it upcasts from, such as 1',
    ])
  })

  it('are a frozen copy of what was given, and absent where nothing was', () => {
    const upcast = { 1: same }
    const definition = defineEvent('order.created', { ...sound, version: 2, upcast })
    expect(definition.upcast).toEqual(upcast)
    expect(Object.isFrozen(definition.upcast)).toBe(true)
    expect(Object.isFrozen(upcast)).toBe(false)
    expect(defineEvent('order.created', sound)).not.toHaveProperty('upcast')
  })
})
