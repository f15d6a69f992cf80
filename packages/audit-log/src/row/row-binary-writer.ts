const initialBytes = 65_536
const shortSpan = 48

/**
 * Writes values of ClickHouse's RowBinary format into one growing buffer: numbers little-endian, texts and lists behind their length as a
 * varint, no separators.
 */
export interface RowBinaryWriter {
  /** Bytes written so far. */
  readonly position: number
  uint8(value: number): void
  uint16(value: number): void
  uint32(value: number): void
  uint64(value: bigint): void
  int64(value: bigint): void
  /** A whole number below 2^53. */
  int64Of(value: number): void
  float32(value: number): void
  float64(value: number): void
  /** UTF-8; a lone surrogate becomes U+FFFD, so bytes that must survive go through `bytes`. */
  text(value: string): void
  bytes(value: Uint8Array): void
  /** The bytes `[start, end)` of something, as a text or value of their own. */
  span(source: Uint8Array, start: number, end: number): void
  /** `Nullable(String)`. */
  nullableBytes(value: Uint8Array | null): void
  /** From its 36 characters; anything else is the nil UUID. */
  uuid(value: string | undefined): void
  /** From the 36 digits and hyphens that stand there, checked; the nil UUID where nothing does. */
  uuidSpan(source: Uint8Array, start: number, end: number): void
  varint(value: number): void
  /** Bytes that are encoded already. */
  raw(value: Uint8Array): void
  /** Forgets what was written behind `position`. */
  rewind(position: number): void
  /** Where it writes. */
  readonly room: Buffer
  /** A view of what was written since `start`; valid until the next write. */
  written(start?: number): Uint8Array
}

/** @param room to write into, or how many bytes of it to begin with; when it is full, what was written is copied into twice as much */
export function createRowBinaryWriter(room: number | Buffer = initialBytes): RowBinaryWriter {
  let buffer = typeof room === 'number' ? Buffer.allocUnsafeSlow(Math.max(room, 1_024)) : room
  let view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  let position = 0

  function ensure(bytes: number): void {
    if (position + bytes <= buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, position + bytes))
    buffer.copy(larger, 0, 0, position)
    buffer = larger
    view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  }

  function putVarint(value: number): void {
    let rest = value
    while (rest > 127) {
      buffer[position] = (rest % 128) | 128
      position += 1
      rest = Math.floor(rest / 128)
    }
    buffer[position] = rest
    position += 1
  }

  function putBytes(value: Uint8Array): void {
    ensure(value.length + 8)
    putVarint(value.length)
    buffer.set(value, position)
    position += value.length
  }

  return {
    get position() {
      return position
    },
    uint8(value) {
      ensure(1)
      buffer[position] = value
      position += 1
    },
    uint16(value) {
      ensure(2)
      view.setUint16(position, value, true)
      position += 2
    },
    uint32(value) {
      ensure(4)
      view.setUint32(position, value, true)
      position += 4
    },
    uint64(value) {
      ensure(8)
      view.setBigUint64(position, value, true)
      position += 8
    },
    int64(value) {
      ensure(8)
      view.setBigInt64(position, value, true)
      position += 8
    },
    int64Of(value) {
      ensure(8)
      view.setUint32(position, value >>> 0, true)
      view.setInt32(position + 4, Math.floor(value / 0x1_0000_0000), true)
      position += 8
    },
    float32(value) {
      ensure(4)
      view.setFloat32(position, value, true)
      position += 4
    },
    float64(value) {
      ensure(8)
      view.setFloat64(position, value, true)
      position += 8
    },
    text(value) {
      // No UTF-16 unit needs more than three bytes, so a short text surely has a length of one byte: written first, its length after.
      if (value.length * 3 < 128) {
        ensure(value.length * 3 + 1)
        const length = writeShortText(buffer, value, position + 1)
        buffer[position] = length
        position += 1 + length
        return
      }
      const length = Buffer.byteLength(value, 'utf8')
      ensure(length + 8)
      putVarint(length)
      position += buffer.write(value, position, 'utf8')
    },
    bytes: putBytes,
    span(source, start, end) {
      const length = end - start
      ensure(length + 8)
      putVarint(length)
      // Most are short, and a view to copy from costs more than the loop.
      if (length > shortSpan) buffer.set(source.subarray(start, end), position)
      else for (let index = 0; index < length; index += 1) buffer[position + index] = source[start + index] as number
      position += length
    },
    nullableBytes(value) {
      ensure(1)
      buffer[position] = value === null ? 1 : 0
      position += 1
      if (value !== null) putBytes(value)
    },
    uuid(value) {
      ensure(16)
      writeUuid(buffer, value, position)
      position += 16
    },
    uuidSpan(source, start, end) {
      ensure(16)
      if (start === end) buffer.fill(0, position, position + 16)
      else {
        for (let index = 0; index < 16; index += 1) {
          const at = start + (uuidDigits[index] as number)
          buffer[position + index] =
            ((hexValue[source[at] as number] as number) << 4) | (hexValue[source[at + 1] as number] as number)
        }
      }
      position += 16
    },
    varint(value) {
      ensure(8)
      putVarint(value)
    },
    raw(value) {
      ensure(value.length)
      buffer.set(value, position)
      position += value.length
    },
    rewind(to) {
      position = to
    },
    get room() {
      return buffer
    },
    written(start = 0) {
      return buffer.subarray(start, position)
    },
  }
}

/** ASCII by hand: most texts are short, and the call into the engine costs more than the loop. */
function writeShortText(buffer: Buffer, value: string, start: number): number {
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index)
    if (unit > 127) return buffer.write(value, start, 'utf8')
    buffer[start + index] = unit
  }
  return value.length
}

// Where the two digits of each byte stand in the text of a UUID, in the order ClickHouse wants the bytes: two little-endian 64-bit halves.
const uuidDigits = [16, 14, 11, 9, 6, 4, 2, 0, 34, 32, 30, 28, 26, 24, 21, 19]

const hexValue = new Int8Array(256).fill(-1)
for (let digit = 0; digit < 16; digit += 1) {
  hexValue[digit.toString(16).charCodeAt(0)] = digit
  hexValue[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
}

function writeUuid(buffer: Buffer, value: string | undefined, start: number): void {
  if (value?.length !== 36) {
    buffer.fill(0, start, start + 16)
    return
  }
  let legal = 0
  for (let index = 0; index < 16; index += 1) {
    const at = uuidDigits[index] as number
    const high = hexValue[value.charCodeAt(at)] ?? -1
    const low = hexValue[value.charCodeAt(at + 1)] ?? -1
    legal |= high | low
    buffer[start + index] = (high << 4) | low
  }
  if (legal < 0) buffer.fill(0, start, start + 16)
}
