import { textHeader } from '@ledgerbus/core'
import { anEnvelope } from '../test/an-envelope.ts'
import { describe, expect, it } from 'vitest'
import { compileFilter, type FilterResult } from './compile-filter.ts'

const event = anEnvelope({
  eventId: '01900000-0000-7000-8000-000000000001',
  name: 'order.created',
  version: 2,
  correlationId: '01900000-0000-7000-8000-000000000002',
  timestamp: '2026-01-31T12:00:00.000Z',
  source: 'checkout',
  entity: { type: 'order', id: 'o-1' },
  action: 'created',
  actor: { type: 'user', id: 'u-1' },
  metrics: { processingTimeMs: 135, customMetrics: { retries: 3 } },
  payload: {
    after: {
      total: 1500,
      discount: null,
      customer: { email: 'ada@example.com', 'first name': 'Ada' },
      items: [
        { sku: 'apple', price: 2.5, tags: ['fruit', 'red'] },
        { sku: 'pear', price: 3, tags: ['fruit'] },
      ],
      placedAt: '2026-01-31T11:00:00+00:00',
    },
  },
})
const headers = [textHeader('lb-lane', '1'), textHeader('traceparent', '00-a'), textHeader('traceparent', '00-b')]

function ask(text: string): FilterResult {
  return compileFilter(text).matches(event, headers)
}

const matched = { matched: true }
const notMatched = { matched: false }
function problem(reason: string): unknown {
  return { matched: false, problem: { reason, message: expect.any(String), position: expect.any(Number) } }
}

describe('a filter', () => {
  it('matches the events for which it is true, and no others', () => {
    expect(ask('payload.after.total >= 1000')).toEqual(matched)
    expect(ask('payload.after.total >= 2000')).toEqual(notMatched)
  })

  it('keeps its text, and its tree with the type of each part', () => {
    const filter = compileFilter('data["total"] > 1')
    expect(filter.text).toBe('data["total"] > 1')
    expect(filter.tree).toMatchObject({
      kind: 'ordering',
      operator: '>',
      type: 'bool',
      left: {
        kind: 'field',
        name: 'total',
        type: 'any',
        start: 0,
        end: 13,
        of: { kind: 'field', name: 'after', of: { kind: 'root', name: 'payload', type: 'map' } },
      },
      right: { kind: 'literal', value: 1n, type: 'int' },
    })
  })

  it('tells whether it reads headers', () => {
    expect(compileFilter('has(headers.traceparent)').readsHeaders).toBe(true)
    expect(compileFilter('name == "headers"').readsHeaders).toBe(false)
  })
})

describe('the names in a filter', () => {
  it.for([
    'event_id == "01900000-0000-7000-8000-000000000001"',
    'name == "order.created"',
    'version == 2',
    'correlation_id.endsWith("2")',
    'timestamp == timestamp("2026-01-31T12:00:00Z")',
    'source == "checkout"',
    'entity.type == "order" && entity.id == "o-1"',
    'entity == {"type": "order", "id": "o-1"}',
    'action == "created"',
    'actor.type == "user" && actor.id == "u-1"',
    'payload.after.total == 1500',
    'metrics.processing_time_ms == 135.0',
    'metrics.custom_metrics.retries == 3',
    'headers.traceparent == "00-b"',
    'headers["lb-lane"] == "1"',
    '"lb-lane" in headers && headers.size() == 2',
  ])('are those of the wire: %s', (text) => {
    expect(ask(text)).toEqual(matched)
  })

  it('include data for payload.after', () => {
    expect(ask('data.total == 1500 && data == payload.after')).toEqual(matched)
  })

  it('include causation and organization where the event has them', () => {
    const own = anEnvelope({ causationId: '01900000-0000-7000-8000-000000000003', organizationId: 'acme' })
    const filter = compileFilter('causation_id != "" && organization_id == "acme"')
    expect(filter.matches(own)).toEqual(matched)
    expect(filter.matches(event)).toEqual(notMatched)
  })
})

describe('a key that is not there', () => {
  it.for([
    'payload.before.total > 1',
    'payload.after.nothing == 1',
    'payload.after.nothing != 1',
    '!(payload.after.nothing == 1)',
    '!payload.after.nothing',
    'payload.after.nothing.deeper.still == 1',
    'payload.after.items[7].sku == "apple"',
    'payload.after.items[-1].sku == "apple"',
    'organization_id == "acme"',
    'headers["absent"] == "1"',
    'payload.after.nothing in [1]',
    'payload.after.nothing ? true : true',
    'payload.after.nothing.exists(item, true)',
    '[payload.after.nothing] == []',
    'size(payload.after.nothing) == 0',
    'string(payload.after.nothing) == ""',
    're2(payload.after.nothing, ".")',
  ])('is no match and no problem: %s', (text) => {
    expect(ask(text)).toEqual(notMatched)
  })

  it('leaves the decision to the other side of && and ||', () => {
    expect(ask('payload.after.nothing == 1 || name == "order.created"')).toEqual(matched)
    expect(ask('name == "order.created" || payload.after.nothing == 1')).toEqual(matched)
    expect(ask('!(payload.after.nothing == 1 && name == "x")')).toEqual(matched)
  })

  it('can be asked for, however early the path ends', () => {
    expect(ask('has(payload.after.total)')).toEqual(matched)
    expect(ask('!has(payload.before.total.of.all) && !has(payload.after.total.of.all)')).toEqual(matched)
    expect(ask('!has(organization_id) && has(entity)')).toEqual(matched)
    expect(ask('has(payload.after.discount)')).toEqual(matched)
    expect(ask('"total" in payload.after && !("nothing" in payload.after)')).toEqual(matched)
  })
})

describe('null', () => {
  it('is a value to compare with', () => {
    expect(ask('payload.after.discount == null')).toEqual(matched)
    expect(ask('payload.after.total != null')).toEqual(matched)
  })

  it.for([
    'payload.after.discount > 1',
    'payload.after.discount + 1 > 1',
    'payload.after.discount.percent == 1',
    'payload.after.discount[0] == 1',
    'payload.after.discount.startsWith("x")',
    'payload.after.discount && true',
    '1 in payload.after.discount',
    'payload.after.discount',
  ])('is like a missing key where a value is needed: %s', (text) => {
    expect(ask(text)).toEqual(notMatched)
  })
})

describe('a filter that has no answer for an event', () => {
  it.for([
    ['payload.after.customer > 1', 'wrong-type'],
    ['payload.after.total > "1"', 'wrong-type'],
    ['payload.after.total.deeper == 1', 'wrong-type'],
    ['payload.after.items.sku == "apple"', 'wrong-type'],
    ['payload.after.total && true', 'wrong-type'],
    ['!payload.after.total', 'wrong-type'],
    ['-payload.after.customer.email > 1', 'wrong-type'],
    ['payload.after.total ? true : false', 'wrong-type'],
    ['payload.after.total.startsWith("1")', 'wrong-type'],
    ['payload.after.total.exists(item, true)', 'wrong-type'],
    ['payload.after.items.exists(item, item.price)', 'wrong-type'],
    ['payload.after.items.filter(item, item.price) == []', 'wrong-type'],
    ['payload.after.items["0"] == 1', 'wrong-type'],
    ['"a" in payload.after.total', 'wrong-type'],
    ['re2(payload.after.total, "1")', 'wrong-type'],
    ['payload.after.customer * 2 > 1', 'wrong-type'],
    ['timestamp(payload.after.total) == timestamp', 'wrong-type'],
    ['int(payload.after.customer) == 1', 'wrong-type'],
    ['int(payload.after.total * 1e300) > 1', 'out-of-range'],
    ['int(payload.after.total) * 9223372036854775807 > 1', 'out-of-range'],
    ['1 / int(payload.after.total - 1500) > 1', 'out-of-range'],
    ['timestamp + duration("70000000h") > timestamp', 'out-of-range'],
    ['int(payload.after.customer.email) > 1', 'not-convertible'],
    ['double(payload.after.customer.email) > 1.0', 'not-convertible'],
    ['timestamp(payload.after.customer.email) > timestamp', 'not-convertible'],
    ['duration(payload.after.customer.email) > duration("1h")', 'not-convertible'],
    ['payload.after.total', 'not-a-boolean'],
    ['payload.after', 'not-a-boolean'],
  ] as const)('does not match and says why: %s', ([text, reason]) => {
    expect(ask(text)).toEqual(problem(reason))
  })

  it('names the part and the kinds, never a value of the event', () => {
    expect(ask('name == "order.created" && payload.after.customer.email > 1000').problem).toEqual({
      reason: 'wrong-type',
      message:
        'payload.after.customer.email > 1000: ">" compares two numbers, strings, timestamps or durations, not a string and an integer',
      position: 27,
    })
  })

  it('has one after all where the other side of && or || decides', () => {
    expect(ask('payload.after.total > "1" || true')).toEqual(matched)
    expect(ask('payload.after.total > "1" && false')).toEqual(notMatched)
  })

  it('says so rather than that a key is missing, in whatever order they stand', () => {
    expect(ask('payload.after.nothing == 1 && payload.after.total > "1"')).toEqual(problem('wrong-type'))
    expect(ask('payload.after.total > "1" && payload.after.nothing == 1')).toEqual(problem('wrong-type'))
  })
})

describe('numbers', () => {
  it.for([
    'payload.after.total + 1 > 3',
    'payload.after.total == 1500 && payload.after.total == 1500.0',
    '1 < 2.5 && 2.5 > 1 && 1 <= 1.0 && 1 == 1.0',
    'payload.after.total in [1000, 1500]',
    'payload.after.items.map(item, item.price) == [2.5, 3]',
    'payload.after.total % 2 == 0',
    'payload.after.total / 1000 == 1.5',
    '7 / 2 == 3 && 7.0 / 2 == 3.5 && -7 / 2 == -3 && 7 % 4 == 3',
    '-payload.after.total < 0 && -(-3) == 3',
    '9007199254740993 != 9007199254740992.0',
    'payload.after.total / 0 > 1e308',
    '1e3 == 1000 && 0x10 == 16',
    'version / 2 == 1',
  ])('mix, whether they stand in the event or in the filter: %s', (text) => {
    expect(ask(text)).toEqual(matched)
  })
})

describe('values', () => {
  it.for([
    '!("a" == payload.after.total) && "a" != payload.after.total',
    'payload.after.customer == {"first name": "Ada", "email": "ada@example.com"}',
    'payload.after.items[0].tags == ["fruit", "red"] && payload.after.items[0].tags != ["red", "fruit"]',
    'payload.after.customer["first name"] == "Ada"',
    '[1, "a", true, null, [2]] == [1.0, "a", true, null, [2]]',
    '{"a": {"b": 1}} != {"a": {"b": 2}} && {"a": 1} != {"b": 1}',
    'false < true',
  ])('are equal by what they are, of whatever kind: %s', (text) => {
    expect(ask(text)).toEqual(matched)
  })

  it('are ordered by code point, as UTF-8 is', () => {
    expect(ask('"\\U0001F600" > "\\uFF21" && "a" < "b" && "a" < "aa" && "Z" < "a"')).toEqual(matched)
  })
})

describe('functions', () => {
  it.for([
    'size("abc") == 3 && "abc".size() == 3 && size([1, 2]) == 2 && {"a": 1}.size() == 1',
    'size("\\U0001F600") == 1',
    'size(payload.after.customer) == 2 && payload.after.items.size() == 2',
    'name.startsWith("order.") && name.endsWith(".created") && name.contains("r.c")',
    're2(payload.after.customer.email, "^[^@]+@example[.]com$") && !re2(name, "(?i)^CREATED")',
    'string(1) == "1" && string(1.5) == "1.5" && string(true) == "true" && string("a") == "a"',
    'string(timestamp) == "2026-01-31T12:00:00.000Z" && string(duration("1h30m")) == "5400s"',
    'int("-12") == -12 && int(2.9) == 2 && int(-2.9) == -2 && int(3) == 3',
    'int(timestamp("1970-01-01T00:01:00Z")) == 60',
    'double("1.5e1") == 15.0 && double(2) == 2.0 && double(2.5) == 2.5',
    'timestamp(60) == timestamp("1970-01-01T00:01:00Z") && timestamp(timestamp) == timestamp',
    'duration(duration("1s")) == duration("1000ms")',
  ])('give what CEL says they give: %s', (text) => {
    expect(ask(text)).toEqual(matched)
  })
})

describe('time', () => {
  it.for([
    'timestamp - timestamp(payload.after.placedAt) == duration("1h")',
    'timestamp > timestamp(payload.after.placedAt) + duration("59m")',
    'timestamp - duration("1h") <= timestamp(payload.after.placedAt)',
    'duration("90m") == duration("1h") + duration("30m") && duration("1h") - duration("2h") < duration("0s")',
    '-duration("1h") < duration("1s") && duration("1h") + timestamp > timestamp',
    'timestamp("2026-01-31T12:00:00+02:00") == timestamp("2026-01-31T10:00:00Z")',
    'timestamp != timestamp("2026-01-31T12:00:00.001Z")',
  ])('is compared and reckoned with: %s', (text) => {
    expect(ask(text)).toEqual(matched)
  })
})

describe('loops', () => {
  it.for([
    'payload.after.items.exists(item, item.sku == "pear")',
    '!payload.after.items.exists(item, item.sku == "plum")',
    'payload.after.items.all(item, item.price > 2)',
    '!payload.after.items.all(item, item.price > 2.75)',
    'payload.after.items.filter(item, item.price > 2.75).size() == 1',
    'payload.after.items.map(item, item.sku) == ["apple", "pear"]',
    'payload.after.items.exists(item, item.tags.exists(tag, tag == "red" && item.price < 3))',
    'payload.after.items.map(item, item.tags.filter(tag, tag != "fruit")) == [["red"], []]',
    '![].exists(item, true) && [].all(item, false)',
    'payload.after.customer.exists(key, key.startsWith("first")) && {"a": 1}.map(key, key) == ["a"]',
    '[1, 2, 3].filter(number, number > 1).map(number, number * 2) == [4, 6]',
  ])('go through a list, or the keys of a map: %s', (text) => {
    expect(ask(text)).toEqual(matched)
  })

  it('pass over elements without the key where another decides', () => {
    expect(ask('[{"a": 1}, {}].exists(item, item.a == 1)')).toEqual(matched)
    expect(ask('[{}, {"a": 1}].exists(item, item.a == 1)')).toEqual(matched)
    expect(ask('![{}, {"a": 2}].all(item, item.a == 1)')).toEqual(matched)
    expect(ask('[{}, {"a": 1}].all(item, item.a == 1)')).toEqual(notMatched)
    expect(ask('[{}, {"a": 1}].filter(item, item.a == 1).size() == 1')).toEqual(notMatched)
    expect(ask('[{}, {"a": 1}].map(item, item.a).size() == 2')).toEqual(notMatched)
  })
})

describe('keys that JavaScript gives a meaning', () => {
  const after: unknown = JSON.parse(
    '{ "constructor": "Ferrari", "__proto__": "own", "then": 1, "nested": { "toString": 2 } }',
  )
  const race = anEnvelope({ payload: { after } })

  it.for([
    'payload.after.constructor == "Ferrari"',
    'payload.after["__proto__"] == "own"',
    'payload.after.then == 1 && payload.after.nested.toString == 2',
    'payload.after == {"constructor": "Ferrari", "__proto__": "own", "then": 1, "nested": {"toString": 2}}',
    '"constructor" in payload.after && has(payload.after.constructor)',
  ])('are keys like others where the event has them: %s', (text) => {
    expect(compileFilter(text).matches(race)).toEqual(matched)
  })

  it.for(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'])(
    'are missing where it has not: %s',
    (key) => {
      const filter = compileFilter(
        `has(payload.after.${key}) || "${key}" in payload.after || payload.after["${key}"] != null || has(payload.after.items[0].${key})`,
      )
      expect(filter.matches(event)).toEqual(notMatched)
    },
  )

  it('reach no length of a list or a string', () => {
    expect(ask('has(payload.after.items.length) || has(payload.after.customer.email.length)')).toEqual(notMatched)
    expect(ask('payload.after.items.length == 2')).toEqual(problem('wrong-type'))
  })
})

describe('an event made by hand', () => {
  it('gives no answer where a value is none of JSON, and throws nothing', () => {
    const odd = anEnvelope({
      payload: { after: { call: () => true, none: undefined, list: [undefined, Symbol('x')] } },
    })
    for (const text of ['call', 'none', 'list', 'list[0]', 'list[1]']) {
      expect(compileFilter(`payload.after.${text} > 1`).matches(odd).matched).toBe(false)
    }
    expect(compileFilter('payload.after.list.exists(item, item == 1)').matches(odd)).toEqual(notMatched)
    expect(
      compileFilter('timestamp > timestamp("2026-01-31T12:00:00Z")').matches({ ...odd, timestamp: 'soon' }),
    ).toEqual(problem('not-convertible'))
    expect(compileFilter('version > 1').matches({ ...odd, version: 1.5 })).toEqual(matched)
  })
})
