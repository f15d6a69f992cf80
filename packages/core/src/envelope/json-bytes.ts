import { EventDecodeError } from '../errors/event-decode-error.ts'
import { eventLimits } from './event-limits.ts'

/** How much a value may hold before it is parsed. */
export interface JsonLimits {
  /** @default 1_000_000 */
  readonly maxBytes?: number
  /** Nesting of arrays and objects; the value itself is 1. @default 64 */
  readonly maxDepth?: number
  /** Keys over all objects. @default 10_000 */
  readonly maxKeys?: number
}

// `fatal`: bytes that are not UTF-8 must not become replacement characters. `ignoreBOM` keeps a BOM visible, which is refused before.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses JSON that a stranger may have written. Size, depth and number of keys are bounded before anything is built of it: a
 * record of 10 kB can nest deep enough to end a process that recurses into it.
 *
 * @throws EventDecodeError
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  const maxBytes = limits.maxBytes ?? eventLimits.maxBytes
  if (bytes.length > maxBytes) {
    throw refusal(`has ${bytes.length} bytes, at most ${maxBytes} are read`, 'EVENT_TOO_LARGE')
  }
  if (bytes.length === 0) throw refusal('is empty')
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) throw refusal('begins with a byte order mark')
  if (bytes[0] === 0)
    throw refusal('begins with a zero byte, as values of a schema registry do; configure the registry')
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch (cause) {
    throw refusal('is not UTF-8', 'EVENT_UNDECODABLE', cause)
  }
  checkShape(text, limits.maxDepth ?? eventLimits.maxDepth, limits.maxKeys ?? eventLimits.maxKeys)
  try {
    return JSON.parse(text)
  } catch {
    // The cause would quote the value.
    throw refusal('is not JSON')
  }
}

function refusal(
  message: string,
  code: EventDecodeError['code'] = 'EVENT_UNDECODABLE',
  cause?: unknown,
): EventDecodeError {
  return new EventDecodeError([{ path: '', message }], { code, cause })
}

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** The shortest key with its value, `"":0,`. */
const charactersAKey = 5

/**
 * Bounds depth and keys before anything is built of the text. Most values cannot be beyond them: they are too short for so many keys, and have
 * fewer brackets than levels are allowed. That takes a few searches; the others are gone through character by character.
 */
function checkShape(text: string, maxDepth: number, maxKeys: number): void {
  if (text.length <= maxKeys * charactersAKey && hasAtMost(maxDepth, text)) return
  let depth = 0
  let keys = 0
  const { length } = text
  for (let index = 0; index < length; index += 1) {
    switch (text.charCodeAt(index)) {
      case quote:
        index = endOfString(text, index + 1)
        break
      case openBrace:
      case openBracket:
        depth += 1
        if (depth > maxDepth) throw refusal(`is nested deeper than ${maxDepth} levels`, 'EVENT_TOO_DEEP')
        break
      case closeBrace:
      case closeBracket:
        depth -= 1
        break
      case colon:
        keys += 1
        if (keys > maxKeys) throw refusal(`has more than ${maxKeys} keys`, 'EVENT_TOO_MANY_KEYS')
        break
      default:
    }
  }
}

/** Whether a text has at most `most` opening brackets and braces, those inside its strings counted too. */
function hasAtMost(most: number, text: string): boolean {
  let left = most
  for (let at = text.indexOf('{'); at >= 0; at = text.indexOf('{', at + 1)) {
    left -= 1
    if (left < 0) return false
  }
  for (let at = text.indexOf('['); at >= 0; at = text.indexOf('[', at + 1)) {
    left -= 1
    if (left < 0) return false
  }
  return true
}

/** The index of the closing quote; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end
    while (text.charCodeAt(before - 1) === backslash) before -= 1
    if ((end - before) % 2 === 0) return end
  }
  return text.length
}
