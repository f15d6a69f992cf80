import { maxEventNameLength } from '../definition/event-name.ts'
import { eventLimits } from './event-limits.ts'
import { daysInMonth } from './timestamp.ts'

/** The texts of an envelope that a scan finds, in the order of its places. */
export const scannedTexts = [
  'eventId',
  'name',
  'correlationId',
  'causationId',
  'source',
  'organizationId',
  'entityType',
  'entityId',
  'action',
  'actorType',
  'actorId',
] as const

/** A text's place in {@link EnvelopeScan.starts} and `ends`. */
export const scannedText: Readonly<Record<(typeof scannedTexts)[number], number>> = Object.freeze(
  Object.fromEntries(scannedTexts.map((name, place) => [name, place])) as Record<(typeof scannedTexts)[number], number>,
)

/** Where the fields of the envelope stand that was scanned last. The same object each time: take what you need before the next scan. */
export interface EnvelopeScan {
  /** Where each text begins, behind its quote. */
  readonly starts: Int32Array
  /** Where each text ends; where it begins, for one that is absent. */
  readonly ends: Int32Array
  readonly version: number
  /** Milliseconds since 1970. */
  readonly timestampMs: number
  /** Processing, database, API, queue; 0 for one that is absent. */
  readonly metrics: Float64Array
  /** The publisher's own figures, parsed: their names are anybody's. */
  readonly customMetrics: Readonly<Record<string, number>> | undefined
}

/** Finds the fields of envelopes in their bytes. */
export interface EnvelopeScanner {
  readonly found: EnvelopeScan
  /**
   * Whether the bytes are a plain envelope, whose fields `found` then has. `false` says nothing about the bytes but that this is no
   * short way to read them: ask `decodeEnvelope`.
   *
   * @param bytes valid UTF-8; whoever asks has checked that
   */
  scan(bytes: Uint8Array): boolean
}

const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const dot = 0x2e
const zero = 0x30
const nine = 0x39
const colon = 0x3a
const upperE = 0x45
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const lowerE = 0x65
const lowerN = 0x6e
const openBrace = 0x7b
const closeBrace = 0x7d

/** 1 for what stands for itself inside a string: no control, quote or backslash. */
const ordinary = new Uint8Array(256).fill(1).fill(0, 0, 0x20)
ordinary[quote] = 0
ordinary[backslash] = 0
/** 1 for what may follow a backslash, but for `u`. */
const escapable = new Uint8Array(256)
for (const character of '"\\/bfnrt') escapable[character.charCodeAt(0)] = 1
const hexadecimal = new Uint8Array(256)
for (const digit of '0123456789abcdefABCDEF') hexadecimal[digit.charCodeAt(0)] = 1
const lowerU = 0x75

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

const literals = ['true', 'false', 'null'].map(bytesOf)

/** The fields of the envelope itself, by what has to be done with them. */
const fieldNames = [
  'event_id',
  'name',
  'version',
  'correlation_id',
  'causation_id',
  'timestamp',
  'source',
  'organization_id',
  'entity',
  'action',
  'actor',
  'payload',
  'metrics',
] as const
const fields = fieldNames.map(bytesOf)
const [eventIdField, nameField, versionField, correlationField, causationField, timeField, sourceField] = [
  0, 1, 2, 3, 4, 5, 6,
]
const [organizationField, entityField, actionField, actorField, payloadField, metricsField] = [7, 8, 9, 10, 11, 12]
const required = [
  eventIdField,
  nameField,
  versionField,
  correlationField,
  timeField,
  sourceField,
  actionField,
  payloadField,
].reduce((bits, field) => bits | (1 << field), 0)

const subjectNames = ['type', 'id'].map(bytesOf)
const metricNames = ['processing_time_ms', 'db_time_ms', 'api_time_ms', 'queue_time_ms', 'custom_metrics'].map(bytesOf)
const customMetrics = 4

type Writable<Fields> = { -readonly [Key in keyof Fields]: Fields[Key] }

const decoder = new TextDecoder()

/** `undefined` where a member is no number, or none that can be stored. */
function figuresAt(bytes: Uint8Array, start: number, end: number): Readonly<Record<string, number>> | undefined {
  const figures = JSON.parse(decoder.decode(bytes.subarray(start, end))) as Readonly<Record<string, unknown>>
  const isFigures = Object.values(figures).every((figure) => typeof figure === 'number' && Number.isFinite(figure))
  return isFigures ? (figures as Readonly<Record<string, number>>) : undefined
}

/** Where something ends; negative: this is no plain envelope. */
type End = number
const notPlain = -1

/**
 * Reads envelopes without building anything of them: a pass over the bytes that checks the whole of it as JSON and remembers where the envelope's own fields
 * stand. For whoever needs those and not the payload, a third of the cost of `decodeEnvelope`, and nothing for the garbage collection.
 *
 * It agrees with `decodeEnvelope` or it answers `false`: escapes in the fields, times in another form than ours, a key that repeats, more than `eventLimits`, and
 * everything that is no envelope are left to the long way.
 */
export function createEnvelopeScanner(): EnvelopeScanner {
  const texts = scannedTexts.length
  const starts = new Int32Array(texts)
  const ends = new Int32Array(texts)
  const metrics = new Float64Array(4)
  const found: Writable<EnvelopeScan> = {
    starts,
    ends,
    version: 0,
    timestampMs: 0,
    metrics,
    customMetrics: undefined,
  }
  /** Whether what is open is an object, by depth. */
  const isObject = new Uint8Array(eventLimits.maxDepth + 1)
  let keys = 0
  // One day is asked for again and again.
  let day = -1
  let dayMs = 0

  function textAt(bytes: Uint8Array, start: number, place: number): End {
    if (bytes[start] !== quote) return notPlain
    let end = start + 1
    while (ordinary[bytes[end] as number] === 1) end += 1
    // An escape: what it stands for has to be made, not found.
    if (bytes[end] !== quote || end === start + 1) return notPlain
    starts[place] = start + 1
    ends[place] = end
    return end + 1
  }

  function optionalText(bytes: Uint8Array, start: number, place: number): End {
    return bytes[start] === lowerN ? literalEnd(bytes, start) : textAt(bytes, start, place)
  }

  function uuidAt(bytes: Uint8Array, start: number, place: number): End {
    const end = textAt(bytes, start, place)
    return end < 0 || isUuidAt(bytes, start + 1, end - 1) ? end : notPlain
  }

  function nameAt(bytes: Uint8Array, start: number): End {
    const end = textAt(bytes, start, scannedText.name)
    return end < 0 || isEventNameAt(bytes, start + 1, end - 1) ? end : notPlain
  }

  /** One to five digits that do not begin with 0: `1.0` is the same version, and rare. */
  function versionAt(bytes: Uint8Array, start: number): End {
    let version = 0
    let end = start
    for (; isDigit(bytes[end]) && end < start + 5; end += 1) version = version * 10 + (bytes[end] as number) - zero
    if (bytes[start] === zero || end === start || version > 65_535 || isNumberGoingOn(bytes[end])) return notPlain
    found.version = version
    return end
  }

  /** `"2026-01-31T12:00:00.000Z"`, from the year 1000 on. */
  function timeAt(bytes: Uint8Array, start: number): End {
    const end = start + 25
    if (bytes[start] !== quote || bytes[end] !== quote || bytes[end - 1] !== 0x5a) return notPlain
    const at = start + 1
    if (bytes[at + 4] !== minus || bytes[at + 7] !== minus || bytes[at + 10] !== 0x54) return notPlain
    if (bytes[at + 13] !== colon || bytes[at + 16] !== colon || bytes[at + 19] !== dot) return notPlain
    const date = digits(bytes, at, 4) * 10_000 + digits(bytes, at + 5, 2) * 100 + digits(bytes, at + 8, 2)
    const hours = digits(bytes, at + 11, 2)
    const minutes = digits(bytes, at + 14, 2)
    const seconds = digits(bytes, at + 17, 2)
    const milliseconds = digits(bytes, at + 20, 3)
    // Something that is no digit makes any of them NaN, and every comparison false.
    if (!(hours <= 23 && minutes <= 59 && seconds <= 59 && milliseconds >= 0)) return notPlain
    if (date !== day && !isDayFound(date)) return notPlain
    found.timestampMs = dayMs + hours * 3_600_000 + minutes * 60_000 + seconds * 1_000 + milliseconds
    return end + 1
  }

  function isDayFound(date: number): boolean {
    const year = Math.trunc(date / 10_000)
    const month = Math.trunc(date / 100) % 100
    const dayOfMonth = date % 100
    if (!(year >= 1_000 && month >= 1 && month <= 12)) return false
    if (!(dayOfMonth >= 1 && dayOfMonth <= daysInMonth(year, month))) return false
    day = date
    dayMs = Date.UTC(year, month - 1, dayOfMonth)
    return true
  }

  /** An object with the members of `names`, each told to `member`; other members are passed over. */
  function objectAt(
    bytes: Uint8Array,
    start: number,
    names: readonly Uint8Array[],
    depth: number,
    member: (place: number, at: number) => End,
  ): End {
    if (bytes[start] !== openBrace) return notPlain
    let seen = 0
    let expected = 0
    let at = blanksEnd(bytes, start + 1)
    while (bytes[at] !== closeBrace) {
      if (bytes[at] !== quote) return notPlain
      const keyStart = at + 1
      at = keyStart
      while (ordinary[bytes[at] as number] === 1) at += 1
      // A key with an escape may be one that we look for.
      if (bytes[at] !== quote) return notPlain
      const place = placeOf(bytes, keyStart, at, names, expected)
      expected = place + 1
      at = blanksEnd(bytes, at + 1)
      if (bytes[at] !== colon) return notPlain
      keys += 1
      at = blanksEnd(bytes, at + 1)
      if (place < 0) at = valueEnd(bytes, at, depth)
      else {
        // Of a key that repeats the last one counts.
        if ((seen & (1 << place)) !== 0) return notPlain
        seen |= 1 << place
        at = member(place, at)
      }
      if (at < 0) return notPlain
      at = blanksEnd(bytes, at)
      if (bytes[at] === closeBrace) break
      if (bytes[at] !== comma) return notPlain
      at = blanksEnd(bytes, at + 1)
      if (bytes[at] === closeBrace) return notPlain
    }
    if (names === fields && (seen & required) !== required) return notPlain
    // Half of an entity or an actor is none.
    if (names === subjectNames && seen !== 3) return notPlain
    return at + 1
  }

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
        if (open > eventLimits.maxDepth) return notPlain
        isObject[open] = byte === openBrace ? 1 : 0
        at = blanksEnd(bytes, at + 1)
        if (bytes[at] === (byte === openBrace ? closeBrace : closeBracket)) {
          open -= 1
          at += 1
        } else if (byte === openBrace) {
          at = keyEnd(bytes, at)
          if (at < 0) return notPlain
          continue
        } else continue
      } else if (byte === minus || isDigit(byte)) at = numberEnd(bytes, at)
      else at = literalEnd(bytes, at)
      if (at < 0) return notPlain
      // A value ended: what it stands in goes on, or ends as well.
      for (;;) {
        if (open === depth) return at
        at = blanksEnd(bytes, at)
        const next = bytes[at]
        if (next === comma) {
          at = blanksEnd(bytes, at + 1)
          if (isObject[open] === 1) at = keyEnd(bytes, at)
          if (at < 0) return notPlain
          break
        }
        if (next !== (isObject[open] === 1 ? closeBrace : closeBracket)) return notPlain
        open -= 1
        at += 1
      }
    }
  }

  /** Behind a key and its colon, where the value begins. */
  function keyEnd(bytes: Uint8Array, start: number): End {
    if (bytes[start] !== quote) return notPlain
    let at = stringEnd(bytes, start)
    if (at < 0) return notPlain
    at = blanksEnd(bytes, at)
    if (bytes[at] !== colon) return notPlain
    keys += 1
    return blanksEnd(bytes, at + 1)
  }

  function payloadAt(bytes: Uint8Array, start: number): End {
    return bytes[start] === openBrace ? valueEnd(bytes, start, 1) : notPlain
  }

  function metricAt(bytes: Uint8Array, place: number, start: number): End {
    if (bytes[start] === lowerN) return literalEnd(bytes, start)
    if (place === customMetrics) {
      if (bytes[start] !== openBrace) return notPlain
      const end = valueEnd(bytes, start, 2)
      if (end < 0) return notPlain
      found.customMetrics = figuresAt(bytes, start, end)
      return found.customMetrics === undefined ? notPlain : end
    }
    const end = numberEnd(bytes, start)
    if (end < 0) return notPlain
    const figure = numberAt(bytes, start, end)
    if (!Number.isFinite(figure)) return notPlain
    metrics[place] = figure
    return end
  }

  function subjectAt(bytes: Uint8Array, start: number, typePlace: number): End {
    if (bytes[start] === lowerN) return literalEnd(bytes, start)
    return objectAt(bytes, start, subjectNames, 2, (place, at) => textAt(bytes, at, typePlace + place))
  }

  function fieldAt(bytes: Uint8Array, field: number, at: number): End {
    switch (field) {
      case eventIdField:
        return uuidAt(bytes, at, scannedText.eventId)
      case nameField:
        return nameAt(bytes, at)
      case versionField:
        return versionAt(bytes, at)
      case correlationField:
        return uuidAt(bytes, at, scannedText.correlationId)
      case causationField:
        return bytes[at] === lowerN ? literalEnd(bytes, at) : uuidAt(bytes, at, scannedText.causationId)
      case timeField:
        return timeAt(bytes, at)
      case sourceField:
        return textAt(bytes, at, scannedText.source)
      case organizationField:
        return optionalText(bytes, at, scannedText.organizationId)
      case entityField:
        return subjectAt(bytes, at, scannedText.entityType)
      case actionField:
        return textAt(bytes, at, scannedText.action)
      case actorField:
        return subjectAt(bytes, at, scannedText.actorType)
      case payloadField:
        return payloadAt(bytes, at)
      case metricsField:
        if (bytes[at] === lowerN) return literalEnd(bytes, at)
        return objectAt(bytes, at, metricNames, 2, (place, start) => metricAt(bytes, place, start))
      default:
        return notPlain
    }
  }

  return {
    found,
    scan(bytes) {
      if (bytes.length > eventLimits.maxBytes) return false
      starts.fill(0)
      ends.fill(0)
      metrics.fill(0)
      found.customMetrics = undefined
      keys = 0
      const start = blanksEnd(bytes, 0)
      const end = objectAt(bytes, start, fields, 1, (field, at) => fieldAt(bytes, field, at))
      return end > 0 && keys <= eventLimits.maxKeys && blanksEnd(bytes, end) === bytes.length
    },
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine
}

function isNumberGoingOn(byte: number | undefined): boolean {
  return isDigit(byte) || byte === dot || byte === lowerE || byte === upperE
}

/** NaN where something is no digit. */
function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let at = start; at < start + count; at += 1) {
    const digit = (bytes[at] as number) - zero
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

function blanksEnd(bytes: Uint8Array, start: number): number {
  let at = start
  for (let byte = bytes[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = bytes[at]) at += 1
  return at
}

function stringEnd(bytes: Uint8Array, start: number): End {
  let at = start + 1
  for (;;) {
    while (ordinary[bytes[at] as number] === 1) at += 1
    const byte = bytes[at]
    if (byte === quote) return at + 1
    if (byte !== backslash) return notPlain
    const escaped = bytes[at + 1] as number
    if (escapable[escaped] === 1) {
      at += 2
      continue
    }
    if (escaped !== lowerU) return notPlain
    for (let digit = at + 2; digit < at + 6; digit += 1) if (hexadecimal[bytes[digit] as number] !== 1) return notPlain
    at += 6
  }
}

function numberEnd(bytes: Uint8Array, start: number): End {
  let at = bytes[start] === minus ? start + 1 : start
  if (!isDigit(bytes[at])) return notPlain
  if (bytes[at] === zero) at += 1
  else while (isDigit(bytes[at])) at += 1
  if (bytes[at] === dot) {
    at += 1
    if (!isDigit(bytes[at])) return notPlain
    while (isDigit(bytes[at])) at += 1
  }
  if (bytes[at] === lowerE || bytes[at] === upperE) {
    at += 1
    if (bytes[at] === minus || bytes[at] === 0x2b) at += 1
    if (!isDigit(bytes[at])) return notPlain
    while (isDigit(bytes[at])) at += 1
  }
  return at
}

/** Digits and nothing else are added up; the rest is left to the engine. */
function numberAt(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  if (end - start <= 15) {
    let at = start
    for (; isDigit(bytes[at]) && at < end; at += 1) value = value * 10 + (bytes[at] as number) - zero
    if (at === end) return value
  }
  let text = ''
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at] as number)
  return Number(text)
}

function literalEnd(bytes: Uint8Array, start: number): End {
  for (const literal of literals) {
    if (isAt(bytes, start, literal)) return start + literal.length
  }
  return notPlain
}

function isAt(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let index = 0; index < text.length; index += 1) if (bytes[start + index] !== text[index]) return false
  return true
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

function isUuidAt(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 36) return false
  for (let index = 0; index < 36; index += 1) {
    const byte = bytes[start + index] as number
    const isHyphen = index === 8 || index === 13 || index === 18 || index === 23
    if (isHyphen ? byte !== minus : hexadecimal[byte] !== 1) return false
  }
  return true
}

/** What words of an event name are made of. */
const wordByte = new Uint8Array(256)
for (const character of 'abcdefghijklmnopqrstuvwxyz0123456789_') wordByte[character.charCodeAt(0)] = 1

/** The rule of `eventNameProblem`, over bytes. */
function isEventNameAt(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > maxEventNameLength) return false
  let words = 0
  let wordStart = start
  for (let at = start; at <= end; at += 1) {
    if (at < end && wordByte[bytes[at] as number] === 1) continue
    if (at === wordStart || (at < end && bytes[at] !== dot)) return false
    words += 1
    wordStart = at + 1
  }
  return words >= 2
}
