/**
 * Reads what Kafka answered where it lies. A class, and mutable: it runs for every byte count of every record, and one object that every
 * loop shares is what makes that cheap.
 *
 * Beyond the end it reads zeros: whoever reads compares {@link at} with the end of what it reads, and so sees what is cut short.
 */
export class ByteReader {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  int8(): number {
    this.at += 1
    return this.bytes.readInt8(this.at - 1)
  }

  int16(): number {
    this.at += 2
    return this.bytes.readInt16BE(this.at - 2)
  }

  int32(): number {
    this.at += 4
    return this.bytes.readInt32BE(this.at - 4)
  }

  int64(): bigint {
    this.at += 8
    return this.bytes.readBigInt64BE(this.at - 8)
  }

  /** Two bytes of length, then UTF-8; `null` is the empty text. */
  string(): string {
    const length = Math.max(0, this.int16())
    this.at += length
    return this.bytes.toString('utf8', this.at - length, this.at)
  }

  /** A signed 32-bit number in one to five bytes, zigzag. */
  varint(): number {
    const { bytes } = this
    const first = bytes[this.at] ?? 0
    this.at += 1
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    let value = first & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = bytes[this.at] ?? 0
      this.at += 1
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return (value >>> 1) ^ -(value & 1)
  }

  /** A signed 64-bit number in one to ten bytes, zigzag. */
  varlong(): bigint {
    const { bytes } = this
    const first = bytes[this.at] ?? 0
    if (first < 0x80) {
      this.at += 1
      return BigInt((first >>> 1) ^ -(first & 1))
    }
    // Four bytes hold 28 bits, which is more than two days of milliseconds: almost every time of a record.
    if ((bytes[this.at + 1] ?? 0) < 0x80 || (bytes[this.at + 2] ?? 0) < 0x80 || (bytes[this.at + 3] ?? 0) < 0x80) {
      return BigInt(this.varint())
    }
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[this.at] ?? 0
      this.at += 1
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    value = BigInt.asUintN(64, value)
    return (value >> 1n) ^ -(value & 1n)
  }

  /** The next `length` bytes as a view; a negative length is null. */
  view(length: number): Uint8Array | null {
    if (length < 0) return null
    this.at += length
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.at - length, length)
  }
}
