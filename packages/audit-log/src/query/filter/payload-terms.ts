import type { Parameters } from '../../clickhouse/statement.ts'
import { allOf, anyOf } from './condition.ts'
import { isPlain } from './literals.ts'
import type { PayloadPath } from './payload-path.ts'

/** The event as JSON text: the value itself, or what was made of one that is no JSON. */
const document = "if(decoded = '', raw, decoded)"

/** Conditions over one value of the payload, from which those of comparisons are made. */
export interface PayloadTerms {
  /** The text of the event names the last field of the path, wherever; without it there is no such value. Cheap: nothing is parsed. */
  readonly isNamed: string
  /** The server may see another value there than `JSON.parse` does, or none: what it finds says nothing. */
  readonly isDoubtful: string
  /** There is such a value, as far as the server sees. */
  readonly isThere: string
  readonly type: string
  readonly number: string
  readonly text: string
  readonly boolean: string
  /** The text of the event holds this string, wherever; without it the value is not that string. */
  names(text: string): string
}

/**
 * The server's parser differs from `JSON.parse`: of a field that repeats it takes the first, and a whole event with an integer beyond 64 bits, half of
 * a surrogate pair or `1e400` is unreadable to it, every field of it then empty. Such rows are doubtful, and the process decides.
 */
export function payloadTerms(path: PayloadPath, parameters: Parameters): PayloadTerms {
  const steps = path.map((step) => (typeof step === 'number' ? String(step + 1) : parameters.one(step, 'String')))
  const names = path.filter((step) => typeof step === 'string')
  const repeats = path.map((step, at) =>
    typeof step === 'string' ? repeated(step, steps.slice(0, at), parameters) : 'false',
  )
  const call = (name: string): string => `${name}(${[document, ...steps].join(', ')})`
  const last = names.at(-1) ?? 'payload'
  return {
    isNamed: occurs(last, parameters),
    // A name that its bytes do not tell from another is looked up as that one.
    isDoubtful: names.every(isPlain)
      ? anyOf(...names.map(mayBeSpelledOtherwise), ...repeats, `NOT isValidJSON(${document})`)
      : 'true',
    isThere: call('JSONHas'),
    type: call('JSONType'),
    number: call('JSONExtractFloat'),
    text: call('JSONExtractString'),
    boolean: call('JSONExtractBool'),
    names: (text) => occurs(text, parameters),
  }
}

/** A field that stands twice in one object. The text is counted first, since almost always it says no. */
function repeated(name: string, parents: readonly string[], parameters: Parameters): string {
  const quoted = parameters.one(JSON.stringify(name), 'String')
  const keys = `JSONExtractKeys(${[document, ...parents].join(', ')})`
  return allOf(
    `countSubstrings(${document}, ${quoted}) > 1`,
    `countEqual(${keys}, ${parameters.one(name, 'String')}) > 1`,
  )
}

function occurs(text: string, parameters: Parameters): string {
  if (!isPlain(text)) return 'true'
  const quoted = parameters.one(JSON.stringify(text), 'String')
  return anyOf(`position(${document}, ${quoted}) > 0`, mayBeSpelledOtherwise(text))
}

const ordinary = /^[\x20-\x7e]*$/
const needsEscape = /["\\/]/

/** JSON may write any character as an escape; letters, digits and the like only as `\u0020` to `\u007e`. */
function mayBeSpelledOtherwise(text: string): string {
  if (!ordinary.test(text) || needsEscape.test(text)) return `position(${document}, '\\\\') > 0`
  return `multiSearchAny(${document}, ['\\\\u002', '\\\\u003', '\\\\u004', '\\\\u005', '\\\\u006', '\\\\u007'])`
}
