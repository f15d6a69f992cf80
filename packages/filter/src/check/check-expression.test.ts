import { describe, expect, it } from 'vitest'
import { compileFilter } from '../compile-filter.ts'
import { FilterError, type FilterIssue } from '../filter-error.ts'

function issuesOf(text: string): readonly FilterIssue[] {
  try {
    compileFilter(text)
  } catch (error) {
    if (error instanceof FilterError) return error.issues
    throw error
  }
  return []
}

/** `~` in a filter marks the place that is wrong; it is taken out. */
type Wrong = readonly [marked: string, message: string]

function refuses(cases: readonly Wrong[]): void {
  it.for(cases)('refuses %s', ([marked, message]) => {
    const issues = issuesOf(marked.replace('~', ''))
    expect(issues).toEqual([{ position: marked.indexOf('~'), message: expect.stringContaining(message) }])
  })
}

describe('what is no CEL', () => {
  refuses([
    ['name == "a" &&~', 'a value is expected here, not the end'],
    ['(name == "a"~', '")" is expected here, not the end'],
    ['name ~= "a"', 'this cannot stand here; equality is "=="'],
    ['name == "a" ~& true', 'this cannot stand here; both is "&&"'],
    ['name == "a" ~| true', 'this cannot stand here; either is "||"'],
    ['name == ~"a', 'unterminated string'],
    ['name == "a" ~name', 'this cannot stand here'],
    ['payload.after.~in == 1', 'a name is expected here, not "in" (a key of that name is read as ["…"])'],
    ['name == "~\\q"', 'invalid escape sequence'],
    ['~1e999 > 1', 'invalid number'],
    ['~if == 1', 'reserved identifier'],
    ['[1].exists(~2, true)', 'the first argument is the name of a variable'],
    [`${'('.repeat(250)}~${'('.repeat(50)}`, 'is nested too deep'],
  ])
})

describe('a name', () => {
  refuses([
    ['~paylod.after.total > 1', 'nothing is named "paylod"; did you mean "payload"?'],
    ['~nmae == "a"', 'did you mean "name"?'],
    ['~eventId == "a"', 'did you mean "event_id"?'],
    ['~organizationId == "a"', 'did you mean "organization_id"?'],
    ['~total > 1', 'a filter knows event_id, name, version'],
    ['~constructor == 1', 'nothing is named "constructor"'],
    ['~toString == 1', 'nothing is named "toString"'],
    ['entity.~typ == "order"', 'entity has type and id, not "typ"; did you mean "type"?'],
    ['payload.~total > 1', 'payload has before, after and extra, not "total"'],
    ['payload.~afer.total > 1', 'did you mean "after"?'],
    ['metrics.~db_time > 1', 'did you mean "db_time_ms"?'],
    ['~actor["name"] == "a"', 'actor has type and id, not "name"'],
    ['name.~length > 1', 'a string has no fields; write size()'],
    ['payload.after.items.exists(item, ~itm > 1)', 'nothing is named "itm"; did you mean "item"?'],
    ['payload.after.items.exists(item, item > 1) && ~item > 1', 'nothing is named "item"'],
  ])
})

describe('a function', () => {
  refuses([
    ['~name.matches("a")', 'there is no "matches" in filters; write re2(text, "pattern")'],
    ['~[1].exists_one(item, item > 1)', 'write list.filter(item, …).size() == 1'],
    ['~name.startWith("a")', 'there is no function "startWith"; did you mean "startsWith"?'],
    ['~name.frobnicate()', 'there are size, startsWith'],
    ['~startsWith(name, "a")', '"startsWith" is called on a string: text.startsWith(part)'],
    ['~exists([1], 1)', '"exists" is called on a list: list.exists(item, …)'],
    ['~name.int() == 1', '"int" is not called on a value: write int(…)'],
    ['~name.startsWith("a", "b")', '"startsWith" takes 1 argument, not 2'],
    ['~size() == 1', '"size" takes 1 argument, not 0'],
    ['size(~version) == 1', '"size" takes a string or a list or a map, not an integer'],
    ['name.startsWith(~1)', '"startsWith" takes a string, not an integer'],
    ['int(~entity) == 1', 'not a map'],
    ['~has() && true', '"has" takes one path'],
    ['has(~1)', '"has" asks for a field'],
    ['has(~payload.after[name])', 'write key in map'],
    ['~type(1) == 1', 'there is no function "type"'],
    ['~cel.bind(x, 1, true)', 'there is no function "bind"'],
    ['~constructor(1)', 'there is no function "constructor"'],
  ])
})

describe('a pattern of re2', () => {
  refuses([
    ['re2(name, ~"(")', 'this is no pattern of RE2: missing closing )'],
    ['re2(name, ~"(?=a)")', 'this is no pattern of RE2'],
    ['re2(name, ~"\\\\1")', 'this is no pattern of RE2'],
    ['re2(name, ~source)', 'is written out as a string, not computed'],
    ['re2(name, ~"a" + source)', 'is written out as a string, not computed'],
    ['re2(~version, "a")', '"re2" searches a string, not an integer'],
    ['~re2(name)', '"re2" takes a text and a pattern'],
    [`re2(name, ~"${'a'.repeat(201)}")`, 'a pattern has at most 200 characters, not 201'],
    ['re2(name, ~"(a{20}){20}")', 'at most 250 are allowed; repeat less'],
    ['re2(name, ~"(a{1000}){1000}")', 'this is no pattern of RE2'],
  ])
})

describe('an operator', () => {
  refuses([
    ['~name > 3', 'not a string and an integer; write the number without quotes'],
    ['~name == 3', 'a string never equals an integer'],
    ['~timestamp > "2026-01-31"', 'write timestamp("2026-01-31T12:00:00Z")'],
    ['~duration("1h") == "1h"', 'write duration("1h30m")'],
    ['~entity == null', 'this is never null; where it may be absent write !has(…)'],
    ['~entity < actor', 'not a map and a map'],
    [
      '~name + 1 == "a"',
      '"+" adds numbers, joins strings, or adds a duration to a timestamp or duration, not a string and an',
    ],
    ['~name * 2 == 1', '"*" multiplies numbers, not a string and an integer'],
    ['~timestamp + timestamp == timestamp', 'not a timestamp and a timestamp'],
    ['~duration("1h") - timestamp == timestamp', 'not a duration and a timestamp'],
    ['-~name == "a"', '"-" negates a number or a duration, not a string'],
    ['!~name', '"!" negates a boolean, not a string'],
    ['~name && true', '"&&" joins booleans, not a string'],
    ['true || ~version', '"||" joins booleans, not an integer'],
    ['~version ? true : false', '"?" takes a condition, not an integer'],
    ['~"a" in name', 'for a string write text.contains(part)'],
    ['~1 in version', '"in" looks into a list or a map'],
    ['~1 in entity', 'the keys of a map are strings'],
    ['~name[0] == "a"', '"[…]" reads a list or a map, not a string'],
    ['payload.after[~true] == 1', 'an index is a number or a string, not a boolean'],
  ])
})

describe('a loop', () => {
  refuses([
    ['~[1].exists(item)', '"exists" takes the name of a variable and an expression'],
    ['~[1].map(item, item > 1, item)', '"map" takes the name of a variable and an expression'],
    ['~name.exists(item, true)', '"exists" goes through a list or the keys of a map, not a string'],
    ['[1].exists(item, ~"a")', '"exists" takes a condition, not a string'],
    ['[1].exists(~name, true)', 'the variable "name" would hide what has that name already'],
    ['[1].exists(~data, true)', 'the variable "data" would hide'],
    ['[1].exists(item, [1].exists(~item, true))', 'the variable "item" would hide'],
    ['[1].exists(a, [1].exists(b, ~[1].exists(c, true)))', 'loops stand in each other at most 2 deep'],
  ])
})

describe('a literal', () => {
  refuses([
    ['~9223372036854775808 > 1', 'an integer has 64 bits'],
    ['~-9223372036854775809 > 1', 'an integer has 64 bits'],
    ['~1u == 1', 'leave the "u" away'],
    ['~b"a" == name', 'there are no bytes in filters'],
    ['{~name: 1} == {}', 'a key of a map is written out as a string'],
    ['{~1: 1} == {}', 'a key of a map is written out as a string'],
    ['{"a": 1, ~"a": 2} == {}', 'this key stands in the map already'],
  ])

  it('takes the smallest integer', () => {
    expect(issuesOf('-9223372036854775808 < 1')).toEqual([])
  })
})

describe('a part that fails whatever the event is', () => {
  refuses([
    ['version > 1 && ~1 / 0 > 1', '1 / 0: division by zero'],
    ['~9223372036854775807 + 1 > 1', 'has more than 64 bits'],
    ['timestamp > ~timestamp("yesterday")', 'timestamp("yesterday"): the string is no timestamp in RFC 3339'],
    ['timestamp > ~timestamp("2026-02-29T00:00:00Z")', 'no timestamp'],
    ['timestamp - timestamp > ~duration("1 hour")', 'is no duration such as 1h30m'],
    ['~int("1.5") == version', 'the string is no integer'],
    ['~double("one") == 1.0', 'the string is no number'],
  ])
})

describe('the whole', () => {
  refuses([
    ['~', 'a filter is a condition'],
    ['~ \n ', 'a filter is a condition'],
    ['~name', 'a filter is true or false, not a string'],
    ['~payload', 'a filter is true or false, not a map'],
    ['~1 + 1', 'a filter is true or false, not an integer'],
    ['~null', 'a filter is true or false, not null'],
    [`~name == "${'a'.repeat(4_100)}"`, 'a filter has at most 4096 bytes'],
    [`~name == "${'é'.repeat(2_050)}"`, 'a filter has at most 4096 bytes'],
    [`~true${' && true'.repeat(100)}`, 'a filter has at most 200 names, literals, operators and calls, not 201'],
    [`~${'!'.repeat(4_000)}true`, 'not 4001'],
    [`~version in [${'1,'.repeat(300)}]`, 'not 303'],
  ])

  it('may have 200 nodes', () => {
    expect(issuesOf(`!(true${' && true'.repeat(99)})`)).toEqual([])
  })

  it('is a string', () => {
    for (const value of [undefined, null, 1, {}, Symbol('x'), Object.create(null)]) {
      expect(issuesOf(value as string)).toEqual([{ position: 0, message: `a filter is a string, not ${typeof value}` }])
    }
  })

  it('has all its problems told at once, in their order', () => {
    expect(
      issuesOf('paylod.after > 1 && entity.typ == "a" && name > 3 && re2(name, "(")').map((each) => each.position),
    ).toEqual([0, 27, 41, 63])
  })
})
