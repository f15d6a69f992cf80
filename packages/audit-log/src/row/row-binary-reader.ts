/** What a reader throws where a value goes on behind the bytes it has; one for all, so that a row cut in two costs no stack trace. */
export const moreBytesNeeded: Error = new Error('more bytes needed')

/** Reads values of ClickHouse's RowBinary format; each method throws `moreBytesNeeded` where the bytes end too early. */
export interface RowBinaryReader {
  /** Bytes read so far. */
  position: number
  uint8(): number
  uint16(): number
  uint32(): number
  uint64(): bigint
  int64(): bigint
  text(): string
  /** A view into the bytes that are read, not a copy. */
  bytes(): Uint8Array
  nullableBytes(): Uint8Array | null
  /** @throws RangeError for a length that no value of ours has, so that damaged bytes do not ask for memory */
  varint(): number
}

/** Longest value that is believed; ClickHouse itself stops at 1 GiB. */
const maxLength = 0x4000_0000

export function createRowBinaryReader(input: Uint8Array): RowBinaryReader {
  const buffer = Buffer.from(input.buffer, input.byteOffset, input.byteLength)
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)

  function take(length: number): number {
    const start = reader.position
    if (start + length > buffer.length) throw moreBytesNeeded
    reader.position = start + length
    return start
  }

  const reader: RowBinaryReader = {
    position: 0,
    uint8: () => buffer[take(1)] as number,
    uint16: () => view.getUint16(take(2), true),
    uint32: () => view.getUint32(take(4), true),
    uint64: () => view.getBigUint64(take(8), true),
    int64: () => view.getBigInt64(take(8), true),
    text() {
      const length = reader.varint()
      const start = take(length)
      return buffer.toString('utf8', start, start + length)
    },
    bytes() {
      const length = reader.varint()
      const start = take(length)
      return new Uint8Array(buffer.buffer, buffer.byteOffset + start, length)
    },
    nullableBytes: () => (reader.uint8() === 1 ? null : reader.bytes()),
    varint() {
      let value = 0
      let scale = 1
      for (;;) {
        const byte = reader.uint8()
        value += (byte & 127) * scale
        if (value > maxLength) throw new RangeError(`a length of ${value} in a row`)
        if (byte < 128) return value
        scale *= 128
      }
    },
  }
  return reader
}
