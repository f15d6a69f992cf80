import { eventLimits } from './event-limits.ts'
import {
  blanksEnd,
  bytesOf,
  isAt,
  isDigit,
  literalEnd,
  notThere,
  numberEnd,
  ordinaryEnd,
  stringEnd,
  type End,
} from './json-tokens.ts'

const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** Keys that are looked for in an object. */
export interface MemberNames {
  readonly names: readonly Uint8Array[]
  /** A bit for each that must be there, by its place. */
  readonly required: number
}

/** @param names ASCII, at most 31 */
export function memberNames(names: readonly string[], required: readonly string[]): MemberNames {
  const bits = required.reduce((all, name) => all | (1 << names.indexOf(name)), 0)
  return { names: names.map(bytesOf), required: bits }
}

/** Goes over JSON without building anything of it, and counts the keys that it passes. */
export interface JsonWalker {
  /** Since `restart`. */
  readonly keys: number
  restart(): void
  /** The end of a value of any kind, checked as JSON and to `eventLimits.maxDepth`. @param depth how many objects and lists are open around it */
  valueEnd(bytes: Uint8Array, start: number, depth: number): End
  /**
   * The end of an object, whose members among `names` are told to `member` by their place; other members are passed over. Keys that repeat or hold escapes are
   * not there.
   */
  objectEnd(
    bytes: Uint8Array,
    start: number,
    names: MemberNames,
    depth: number,
    member: (place: number, at: number) => End,
  ): End
}

export function createJsonWalker(): JsonWalker {
  /** Whether what is open is an object, by depth. */
  const isObject = new Uint8Array(eventLimits.maxDepth + 1)
  let keys = 0

  /** A value of any kind, checked to its end. Without recursion: depth is what the sender chose. */
  function valueEnd(bytes: Uint8Array, start: number, depth: number): End {
    let open = depth
    let at = start
    for (;;) {
      // A value begins here.
      const byte = bytes[at]
      if (byte === quote) at = stringEnd(bytes, at)
      else if (byte === openBrace || byte === openBracket) {
        open += 1
        if (open > eventLimits.maxDepth) return notThere
        isObject[open] = byte === openBrace ? 1 : 0
        at = blanksEnd(bytes, at + 1)
        if (bytes[at] === (byte === openBrace ? closeBrace : closeBracket)) {
          open -= 1
          at += 1
        } else if (byte === openBrace) {
          at = keyEnd(bytes, at)
          if (at < 0) return notThere
          continue
        } else continue
      } else if (byte === minus || isDigit(byte)) at = numberEnd(bytes, at)
      else at = literalEnd(bytes, at)
      if (at < 0) return notThere
      // A value ended: what it stands in goes on, or ends as well.
      for (;;) {
        if (open === depth) return at
        at = blanksEnd(bytes, at)
        const next = bytes[at]
        if (next === comma) {
          at = blanksEnd(bytes, at + 1)
          if (isObject[open] === 1) at = keyEnd(bytes, at)
          if (at < 0) return notThere
          break
        }
        if (next !== (isObject[open] === 1 ? closeBrace : closeBracket)) return notThere
        open -= 1
        at += 1
      }
    }
  }

  /** Behind a key and its colon, where the value begins. */
  function keyEnd(bytes: Uint8Array, start: number): End {
    if (bytes[start] !== quote) return notThere
    let at = stringEnd(bytes, start)
    if (at < 0) return notThere
    at = blanksEnd(bytes, at)
    if (bytes[at] !== colon) return notThere
    keys += 1
    return blanksEnd(bytes, at + 1)
  }

  /** An object with the members of `names`, each told to `member`; other members are passed over. */
  function objectEnd(
    bytes: Uint8Array,
    start: number,
    names: MemberNames,
    depth: number,
    member: (place: number, at: number) => End,
  ): End {
    if (bytes[start] !== openBrace) return notThere
    let seen = 0
    let expected = 0
    let at = blanksEnd(bytes, start + 1)
    while (bytes[at] !== closeBrace) {
      if (bytes[at] !== quote) return notThere
      const keyStart = at + 1
      at = ordinaryEnd(bytes, keyStart)
      // A key with an escape may be one that we look for.
      if (bytes[at] !== quote) return notThere
      const place = placeOf(bytes, keyStart, at, names.names, expected)
      expected = place + 1
      at = blanksEnd(bytes, at + 1)
      if (bytes[at] !== colon) return notThere
      keys += 1
      at = blanksEnd(bytes, at + 1)
      if (place < 0) at = valueEnd(bytes, at, depth)
      else {
        // Of a key that repeats the last one counts.
        if ((seen & (1 << place)) !== 0) return notThere
        seen |= 1 << place
        at = member(place, at)
      }
      if (at < 0) return notThere
      at = blanksEnd(bytes, at)
      if (bytes[at] === closeBrace) break
      if (bytes[at] !== comma) return notThere
      at = blanksEnd(bytes, at + 1)
      if (bytes[at] === closeBrace) return notThere
    }
    return (seen & names.required) === names.required ? at + 1 : notThere
  }

  return {
    get keys() {
      return keys
    },
    restart() {
      keys = 0
    },
    valueEnd,
    objectEnd,
  }
}

/** @param expected where the search begins: writers keep to one order */
function placeOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  names: readonly Uint8Array[],
  expected: number,
): number {
  const length = end - start
  for (let step = 0; step < names.length; step += 1) {
    const place = (expected + step) % names.length
    const name = names[place] as Uint8Array
    if (name.length === length && isAt(bytes, start, name)) return place
  }
  return -1
}
