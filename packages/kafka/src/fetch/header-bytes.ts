import type { HeaderVisitor, RecordHeader } from '@ledgerbus/core'
import { ByteReader } from './byte-reader.ts'

/** `lb-`, with which the names of our own headers begin. */
const l = 0x6c
const b = 0x62
const hyphen = 0x2d

/** What a look over the headers of a record shows. */
export type HeaderSurvey = 'damaged' | 'unmarked' | 'marked'

/**
 * Goes over the headers of a record without reading them, the reader standing before them: whether they end where the record ends, and whether
 * one of them is ours. So damage shows when the record arrives, and reading the headers later cannot fail.
 */
export function surveyHeaders(reader: ByteReader, end: number): HeaderSurvey {
  const { bytes } = reader
  let isMarked = false
  const count = reader.varint()
  if (count < 0) return 'damaged'
  for (let index = 0; index < count; index += 1) {
    const nameLength = reader.varint()
    if (nameLength < 0) return 'damaged'
    const { at } = reader
    if (nameLength > 2 && bytes[at] === l && bytes[at + 1] === b && bytes[at + 2] === hyphen) isMarked = true
    reader.at += nameLength
    const valueLength = reader.varint()
    if (valueLength > 0) reader.at += valueLength
    // Also what keeps a count of billions from being believed.
    if (reader.at > end) return 'damaged'
  }
  if (reader.at !== end) return 'damaged'
  return isMarked ? 'marked' : 'unmarked'
}

/** The headers that begin at `start`; {@link surveyHeaders} found them whole. In time proportional to their number. */
export function readHeaders(bytes: Buffer, start: number): readonly RecordHeader[] {
  const reader = new ByteReader(bytes, start)
  const headers: RecordHeader[] = []
  for (let left = reader.varint(); left > 0; left -= 1) {
    const nameLength = reader.varint()
    reader.at += nameLength
    const name = readName(bytes, reader.at - nameLength, nameLength)
    headers.push({ name, value: reader.view(reader.varint()) })
  }
  return headers
}

/** Longer names are rare, and not worth remembering. */
const longestRemembered = 32
/** A power of two. A topic has tens of names; two that fall into one place only take turns. */
const places = 512
const remembered: ({ readonly bytes: Uint8Array; readonly name: string } | undefined)[] = Array.from({ length: places })

/** The name in these bytes. Records share their few names, and comparing bytes is several times as fast as decoding them. */
function readName(bytes: Buffer, at: number, length: number): string {
  if (length === 0 || length > longestRemembered) return bytes.toString('utf8', at, at + length)
  // Names that begin alike, as `ce_` does, mostly differ in length and at their end.
  const last = at + length - 1
  const end = (bytes[last] ?? 0) ^ ((bytes[last - 1] ?? 0) << 2) ^ ((bytes[last - 2] ?? 0) << 4)
  const place = (end ^ (length << 4)) & (places - 1)
  const known = remembered[place]
  if (known !== undefined && known.bytes.length === length && hasBytesAt(bytes, at, known.bytes)) return known.name
  const name = bytes.toString('utf8', at, at + length)
  remembered[place] = { bytes: Uint8Array.from(bytes.subarray(at, at + length)), name }
  return name
}

/** How many headers begin at `start`. */
export function countHeaders(bytes: Buffer, start: number): number {
  return new ByteReader(bytes, start).varint()
}

/** Goes over the headers that begin at `start`; {@link surveyHeaders} found them whole. */
export function visitHeaders<Context>(
  bytes: Buffer,
  start: number,
  context: Context,
  visit: HeaderVisitor<Context>,
): void {
  const reader = new ByteReader(bytes, start)
  for (let left = reader.varint(); left > 0; left -= 1) {
    const nameLength = reader.varint()
    const nameStart = reader.at
    reader.at += nameLength
    const valueLength = reader.varint()
    const valueStart = reader.at
    if (valueLength < 0) visit(context, bytes, nameStart, nameStart + nameLength, -1, -1)
    else {
      reader.at += valueLength
      visit(context, bytes, nameStart, nameStart + nameLength, valueStart, reader.at)
    }
  }
}

/** The last header whose name has these bytes, as {@link readHeaders} would have it, without reading the others. */
export function findHeader(bytes: Buffer, start: number, name: string): RecordHeader | undefined {
  const wanted = encodedName(name)
  const reader = new ByteReader(bytes, start)
  let found: RecordHeader | undefined
  for (let left = reader.varint(); left > 0; left -= 1) {
    const nameLength = reader.varint()
    const nameAt = reader.at
    reader.at += nameLength
    const valueLength = reader.varint()
    const valueAt = reader.at
    if (valueLength > 0) reader.at += valueLength
    if (nameLength !== wanted.length || !hasBytesAt(bytes, nameAt, wanted)) continue
    reader.at = valueAt
    found = { name, value: reader.view(valueLength) }
  }
  return found
}

function hasBytesAt(bytes: Buffer, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1) if (bytes[at + index] !== wanted[index]) return false
  return true
}

/** Names looked for are constants of the program; anybody could ask for any number of others. */
const mostNames = 1_000
const names = new Map<string, Uint8Array>()

function encodedName(name: string): Uint8Array {
  const known = names.get(name)
  if (known !== undefined) return known
  const encoded = new TextEncoder().encode(name)
  if (names.size >= mostNames) names.clear()
  names.set(name, encoded)
  return encoded
}
