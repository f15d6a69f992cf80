import { createHash } from 'node:crypto'

/** Some entries of one partition, by offset, and their digest. */
export interface SealedSegment {
  readonly cluster: string
  readonly topic: string
  readonly partition: number
  /** Offsets `[from, to)`: they go on where the former seal of the partition ended, or begin anew where the topic was made again. */
  readonly from: bigint
  readonly to: bigint
  readonly entries: number
  /** SHA-256 over offset, Kafka time and content hash of each entry, in this order. */
  readonly digest: string
  /** Where the segment stands in the index of the seal, in bytes. */
  readonly start: number
  readonly bytes: number
}

/** What was in the log by the end of a day. Each seal holds the hash of the former, so none can be changed, removed or put between. */
export interface Seal {
  readonly version: 1
  /** Names the chain; made up with its first seal. */
  readonly chain: string
  /** 1, 2, 3, ... */
  readonly number: number
  /** The UTC day, `2026-01-31`, whose records it covers, with all before that no former seal covers. */
  readonly day: string
  /** RFC 3339. */
  readonly sealedAt: string
  /** Hash of the former seal; empty in the first. */
  readonly previous: string
  readonly segments: readonly SealedSegment[]
  /** SHA-256 of the index: the coordinates of every entry and the beginning of its content hash. */
  readonly index: string
  /** SHA-256 of all that stands above. */
  readonly hash: string
  /** Ed25519 over the hash, in base64; absent where the seal was not signed. */
  readonly signature?: string
}

/** A seal before its hash. */
export type UnhashedSeal = Omit<Seal, 'hash' | 'signature'>

/** The one form of a seal's facts that is hashed: fields in this order, offsets as text. */
function canonicalText(seal: UnhashedSeal): string {
  const { version, chain, number, day, sealedAt, previous, segments, index } = seal
  return JSON.stringify({ version, chain, number, day, sealedAt, previous, segments: segments.map(segmentView), index })
}

function segmentView({ cluster, topic, partition, from, to, entries, digest, start, bytes }: SealedSegment): object {
  return { cluster, topic, partition, from: String(from), to: String(to), entries, digest, start, bytes }
}

export function sealHash(seal: UnhashedSeal): string {
  return createHash('sha256').update(canonicalText(seal)).digest('hex')
}

/** As it is stored: one JSON object a seal, for people and other programs to read. */
export function encodeSeal(seal: Seal): string {
  const { version, chain, number, day, sealedAt, previous, segments, index, hash, signature } = seal
  const facts = { version, chain, number, day, sealedAt, previous, segments: segments.map(segmentView), index, hash }
  return `${JSON.stringify(signature === undefined ? facts : { ...facts, signature }, undefined, 1)}\n`
}

/** `undefined` where the text is no seal of this version; whether it is genuine is for the chain to say. */
export function decodeSeal(text: string): Seal | undefined {
  try {
    const found = JSON.parse(text) as Record<string, unknown> | null
    if (found === null || typeof found !== 'object' || found['version'] !== 1) return undefined
    const { chain, number, day, sealedAt, previous, segments, index, hash, signature } = found
    const texts = [chain, day, sealedAt, previous, index, hash]
    if (!texts.every((field) => typeof field === 'string') || !isCount(number) || !Array.isArray(segments))
      return undefined
    if (signature !== undefined && typeof signature !== 'string') return undefined
    const decoded = segments.map(decodeSegment)
    if (decoded.includes(undefined)) return undefined
    return {
      version: 1,
      ...({ chain, number, day, sealedAt, previous, index, hash } as Omit<Seal, 'version' | 'segments' | 'signature'>),
      segments: decoded as SealedSegment[],
      ...(signature !== undefined && { signature }),
    }
  } catch {
    return undefined
  }
}

function decodeSegment(found: unknown): SealedSegment | undefined {
  const { cluster, topic, partition, from, to, entries, digest, start, bytes } = (found ?? {}) as Record<
    string,
    unknown
  >
  if (![cluster, topic, digest].every((field) => typeof field === 'string')) return undefined
  if (![partition, entries, start, bytes].every(isCount) || !isOffset(from) || !isOffset(to)) return undefined
  return {
    ...({ cluster, topic, partition, entries, digest, start, bytes } as Omit<SealedSegment, 'from' | 'to'>),
    from: BigInt(from),
    to: BigInt(to),
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isOffset(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,19}$/.test(value)
}
