import type { RecordHeader } from '@ledgerbus/core'
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
    const name = bytes.toString('utf8', reader.at - nameLength, reader.at)
    headers.push({ name, value: reader.view(reader.varint()) })
  }
  return headers
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
