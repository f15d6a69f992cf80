/**
 * Unfinished and finished offsets in turn, from the commit's own offset on, which is unfinished: `[2, 3]` are two unfinished and three finished ones.
 * Whatever lies behind is unfinished. Every length is 1 or more.
 */
export type OffsetRuns = readonly number[]

/** What the metadata of a commit says. */
export type DecodedMap =
  | { readonly kind: 'map'; readonly runs: OffsetRuns }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly why: string }

/** Kafka's own default of `offset.metadata.max.bytes`: exactly that many characters pass. */
export const mostMapCharacters = 4_096

const prefix = 'm1:'
const runsKind = 1
const bitsetKind = 2
/** Eight bytes: more than any length needs. */
const longestVarint = 128 ** 8
const base64Form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * The offsets that are finished ahead of a commit, as its metadata: `m1:` and, in base64, a kind byte and the smaller of the runs as varints and a
 * bitset (bit i of byte j is the offset commit + 8j + i; 1 is finished). The idea is that of confluentinc/parallel-consumer
 * (`OffsetMapCodecManager`).
 *
 * @returns empty when nothing is finished ahead; `undefined` when it has no room in the metadata of a commit
 */
export function encodeFinishedMap(runs: OffsetRuns, mostCharacters: number = mostMapCharacters): string | undefined {
  if (runs.length < 2) return ''
  if (lengthOfFinishedMap(runs) > mostCharacters) return undefined
  const bytes = runsBytes(runs) <= bitsetBytes(runs) ? encodeRuns(runs) : encodeBitset(runs)
  return `${prefix}${bytes.toString('base64')}`
}

/** How many characters `encodeFinishedMap` would need, told without encoding. */
export function lengthOfFinishedMap(runs: OffsetRuns): number {
  if (runs.length < 2) return 0
  const bytes = 1 + Math.min(runsBytes(runs), bitsetBytes(runs))
  return prefix.length + 4 * Math.ceil(bytes / 3)
}

/** Never less than what `lengthOfFinishedMap` says of so many unfinished records within so many offsets; told without looking at them. */
export function longestFinishedMap(unfinished: number, offsets: number): number {
  const bytes = 1 + Math.min(2 * unfinished * varintBytes(offsets), Math.ceil(offsets / 8))
  return prefix.length + 4 * Math.ceil(bytes / 3)
}

/**
 * Reads the metadata of a commit. What is no map, or only in part, is not believed at all: records would be passed over.
 *
 * @param atMost how many offsets the partition holds from the commit on; a map beyond that is of another partition, or of one that is gone
 */
export function decodeFinishedMap(metadata: string, atMost: bigint): DecodedMap {
  if (metadata === '') return { kind: 'none' }
  if (!metadata.startsWith(prefix)) return unreadable('it does not begin with "m1:"')
  if (metadata.length > mostMapCharacters) return unreadable('it is too long')
  const text = metadata.slice(prefix.length)
  // Node reads what it can of broken base64; half a map must not pass for one.
  if (!base64Form.test(text)) return unreadable('it is not base64')
  const bytes = Buffer.from(text, 'base64')
  const runs = decodeBytes(bytes)
  if (runs === undefined) return unreadable('its bytes are no runs and no bitset')
  if (BigInt(sum(runs)) > atMost) return unreadable('it goes beyond the end of the partition')
  return { kind: 'map', runs }
}

function unreadable(why: string): DecodedMap {
  return { kind: 'unreadable', why }
}

function decodeBytes(bytes: Buffer): OffsetRuns | undefined {
  const body = bytes.subarray(1)
  switch (bytes[0]) {
    case runsKind:
      return decodeRuns(body)
    case bitsetKind:
      return decodeBitset(body)
    default:
      return undefined
  }
}

function sum(lengths: OffsetRuns): number {
  return lengths.reduce((total, length) => total + length, 0)
}

/** Behind the last finished offset there is nothing to say. */
function finishedPart(runs: OffsetRuns): OffsetRuns {
  return runs.length % 2 === 0 ? runs : runs.slice(0, -1)
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest >= 128; rest /= 128) bytes += 1
  return bytes
}

function runsBytes(runs: OffsetRuns): number {
  return finishedPart(runs).reduce((bytes, length) => bytes + varintBytes(length), 0)
}

function bitsetBytes(runs: OffsetRuns): number {
  return Math.ceil(sum(finishedPart(runs)) / 8)
}

/** Lengths go beyond 32 bits, where shifts end. */
function encodeRuns(runs: OffsetRuns): Buffer {
  const bytes = [runsKind]
  for (const length of finishedPart(runs)) {
    let rest = length
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
    bytes.push(rest)
  }
  return Buffer.from(bytes)
}

function decodeRuns(bytes: Buffer): OffsetRuns | undefined {
  const runs: number[] = []
  let length = 0
  let scale = 1
  let total = 0
  for (const byte of bytes) {
    length += (byte % 128) * scale
    total += (byte % 128) * scale
    scale *= 128
    if (total > Number.MAX_SAFE_INTEGER || scale > longestVarint) return undefined
    if (byte >= 128) continue
    if (length === 0) return undefined
    runs.push(length)
    length = 0
    scale = 1
  }
  const isWhole = scale === 1 && runs.length > 0 && runs.length % 2 === 0
  return isWhole ? runs : undefined
}

function encodeBitset(runs: OffsetRuns): Buffer {
  const bytes = Buffer.alloc(1 + bitsetBytes(runs))
  bytes[0] = bitsetKind
  let at = 0
  finishedPart(runs).forEach((length, index) => {
    const next = at + length
    if (index % 2 === 1) for (let bit = at; bit < next; bit += 1) setBit(bytes, 8 + bit)
    at = next
  })
  return bytes
}

function setBit(bytes: Buffer, bit: number): void {
  const byte = bit >> 3
  bytes[byte] = (bytes[byte] ?? 0) | (1 << (bit & 7))
}

function decodeBitset(bytes: Buffer): OffsetRuns | undefined {
  const runs: number[] = []
  let isFinished = false
  let length = 0
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const isSet = ((bytes[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0
    if (isSet !== isFinished) {
      runs.push(length)
      isFinished = isSet
      length = 0
    }
    length += 1
  }
  if (isFinished) runs.push(length)
  // The commit's own offset is never finished: the commit would lie behind it.
  return runs.length > 0 && runs[0] !== 0 ? runs : undefined
}
