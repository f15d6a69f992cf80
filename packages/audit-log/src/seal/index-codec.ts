/** How many bytes of its content hash an entry has in the index: enough to find a change; the digest of the segment proves it. */
export const prefixBytes = 8

/** One entry as the index of a seal holds it. */
export interface IndexedEntry {
  readonly offset: bigint
  readonly timestampMs: bigint
  /** The first bytes of the content hash, in hexadecimal. */
  readonly prefix: string
}

const chunkBytes = 65_536

/** Writes entries as the index holds them: differences of offset and time as varints, then the beginning of the hash; some 10 bytes each. */
export interface IndexWriter {
  add(offset: bigint, timestampMs: bigint, contentHash: Uint8Array): void
  /** What was written since the last call, once it is worth passing on; at the `end` whatever there is. */
  take(options?: { readonly end: true }): Uint8Array | undefined
}

/** @param from the first offset of the segment */
export function createIndexWriter(from: bigint): IndexWriter {
  let buffer = Buffer.allocUnsafe(chunkBytes + 64)
  let length = 0
  let offset = from
  let time = 0n

  function varint(value: bigint): void {
    let rest = value
    while (rest > 127n) {
      buffer[length] = Number(rest & 127n) | 128
      length += 1
      rest >>= 7n
    }
    buffer[length] = Number(rest)
    length += 1
  }

  return {
    add(at, timestampMs, contentHash) {
      varint(at - offset)
      varint(zigzag(timestampMs - time))
      offset = at
      time = timestampMs
      buffer.set(contentHash.subarray(0, prefixBytes), length)
      length += prefixBytes
    },
    take(options) {
      if (length === 0 || (length < chunkBytes && options === undefined)) return undefined
      const written = buffer.subarray(0, length)
      buffer = Buffer.allocUnsafe(chunkBytes + 64)
      length = 0
      return written
    },
  }
}

/** Entries of a segment of the index. @throws RangeError where it ends within an entry */
export async function* decodeIndex(chunks: AsyncIterable<Uint8Array>, from: bigint): AsyncGenerator<IndexedEntry> {
  let held: Buffer = Buffer.alloc(0)
  let offset = from
  let time = 0n
  for await (const chunk of chunks) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
    let at = 0
    for (;;) {
      const offsetStep = varintAt(held, at)
      const timeStep = offsetStep === undefined ? undefined : varintAt(held, offsetStep.end)
      if (offsetStep === undefined || timeStep === undefined || timeStep.end + prefixBytes > held.length) break
      offset += offsetStep.value
      time += unzigzag(timeStep.value)
      at = timeStep.end + prefixBytes
      yield { offset, timestampMs: time, prefix: held.toString('hex', timeStep.end, at) }
    }
    held = held.subarray(at)
  }
  if (held.length > 0) throw new RangeError('the index ends within an entry')
}

function varintAt(bytes: Uint8Array, start: number): { readonly value: bigint; readonly end: number } | undefined {
  let value = 0n
  for (let at = start; at < bytes.length && at < start + 10; at += 1) {
    const byte = bytes[at] as number
    value |= BigInt(byte & 127) << BigInt(7 * (at - start))
    if (byte < 128) return { value, end: at + 1 }
  }
  return undefined
}

function zigzag(value: bigint): bigint {
  return value < 0n ? -value * 2n - 1n : value * 2n
}

function unzigzag(value: bigint): bigint {
  return (value & 1n) === 1n ? -(value + 1n) / 2n : value / 2n
}
