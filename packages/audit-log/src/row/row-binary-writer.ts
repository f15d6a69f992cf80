import { putShortText } from './short-text.ts'
import { putUuid } from './uuid-bytes.ts'

const initialBytes = 65_536

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
  /** UTF-8; a lone surrogate becomes U+FFFD, so bytes that must survive go through `bytes`. */
  text(value: string): void
  bytes(value: Uint8Array): void
  /** `Nullable(String)`. */
  nullableBytes(value: Uint8Array | null): void
  /** From its 36 characters; anything else is the nil UUID. */
  uuid(value: string | undefined): void
  varint(value: number): void
  /** A view of what was written; valid until the next write. */
  written(): Uint8Array
}

/** @param room how many bytes to begin with; when they are full, what was written is copied into twice as much */
export function createRowBinaryWriter(room: number = initialBytes): RowBinaryWriter {
  let buffer = Buffer.allocUnsafeSlow(Math.max(room, 16))
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
    text(value) {
      // No UTF-16 unit needs more than three bytes, so a short text surely has a length of one byte: written first, its length after.
      if (value.length * 3 < 128) {
        ensure(value.length * 3 + 1)
        const length = putShortText(buffer, value, position + 1)
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
    nullableBytes(value) {
      ensure(1)
      buffer[position] = value === null ? 1 : 0
      position += 1
      if (value !== null) putBytes(value)
    },
    uuid(value) {
      ensure(16)
      putUuid(buffer, value, position)
      position += 16
    },
    varint(value) {
      ensure(8)
      putVarint(value)
    },
    written() {
      return buffer.subarray(0, position)
    },
  }
}
