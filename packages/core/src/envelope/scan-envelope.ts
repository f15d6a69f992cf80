import { maxEventNameLength } from '../definition/event-name.ts'
import { eventLimits } from './event-limits.ts'
import {
  blanksEnd,
  isDigit,
  isHexadecimal,
  literalEnd,
  notThere,
  numberAt,
  numberEnd,
  ordinaryEnd,
  type End,
} from './json-tokens.ts'
import { createJsonWalker, memberNames } from './json-walker.ts'
import { daysInMonth } from './timestamp.ts'

const quote = 0x22
const minus = 0x2d
const dot = 0x2e
const zero = 0x30
const colon = 0x3a
const lowerN = 0x6e
const openBrace = 0x7b

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
const [eventIdField, nameField, versionField, correlationField, causationField, timeField, sourceField] = [
  0, 1, 2, 3, 4, 5, 6,
]
const [organizationField, entityField, actionField, actorField, payloadField, metricsField] = [7, 8, 9, 10, 11, 12]
const fields = memberNames(fieldNames, [
  'event_id',
  'name',
  'version',
  'correlation_id',
  'timestamp',
  'source',
  'action',
  'payload',
])
// Half of an entity or an actor is none.
const subjectFields = memberNames(['type', 'id'], ['type', 'id'])
const metricFields = memberNames(
  ['processing_time_ms', 'db_time_ms', 'api_time_ms', 'queue_time_ms', 'custom_metrics'],
  [],
)
const customMetrics = 4

type Writable<Fields> = { -readonly [Key in keyof Fields]: Fields[Key] }

const decoder = new TextDecoder()

/** `undefined` where a member is no number, or none that can be stored. */
function figuresAt(bytes: Uint8Array, start: number, end: number): Readonly<Record<string, number>> | undefined {
  const figures = JSON.parse(decoder.decode(bytes.subarray(start, end))) as Readonly<Record<string, unknown>>
  const isFigures = Object.values(figures).every((figure) => typeof figure === 'number' && Number.isFinite(figure))
  return isFigures ? (figures as Readonly<Record<string, number>>) : undefined
}

/** Where something would end in a plain envelope. */
const notPlain = notThere

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
  const walker = createJsonWalker()
  // One day is asked for again and again.
  let day = -1
  let dayMs = 0

  function textAt(bytes: Uint8Array, start: number, place: number): End {
    if (bytes[start] !== quote) return notPlain
    const end = ordinaryEnd(bytes, start + 1)
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

  function payloadAt(bytes: Uint8Array, start: number): End {
    return bytes[start] === openBrace ? walker.valueEnd(bytes, start, 1) : notPlain
  }

  function metricAt(bytes: Uint8Array, place: number, start: number): End {
    if (bytes[start] === lowerN) return literalEnd(bytes, start)
    if (place === customMetrics) {
      if (bytes[start] !== openBrace) return notPlain
      const end = walker.valueEnd(bytes, start, 2)
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
    return walker.objectEnd(bytes, start, subjectFields, 2, (place, at) => textAt(bytes, at, typePlace + place))
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
        return walker.objectEnd(bytes, at, metricFields, 2, (place, start) => metricAt(bytes, place, start))
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
      walker.restart()
      const start = blanksEnd(bytes, 0)
      const end = walker.objectEnd(bytes, start, fields, 1, (field, at) => fieldAt(bytes, field, at))
      return end > 0 && walker.keys <= eventLimits.maxKeys && blanksEnd(bytes, end) === bytes.length
    },
  }
}

function isNumberGoingOn(byte: number | undefined): boolean {
  return isDigit(byte) || byte === dot || byte === 0x65 || byte === 0x45
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

function isUuidAt(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 36) return false
  for (let index = 0; index < 36; index += 1) {
    const byte = bytes[start + index] as number
    const isHyphen = index === 8 || index === 13 || index === 18 || index === 23
    if (isHyphen ? byte !== minus : !isHexadecimal(byte)) return false
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
