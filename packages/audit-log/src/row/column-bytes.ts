import { pieceBytes, type PieceStore } from './piece-store.ts'
import { putShortText } from './short-text.ts'
import { putUuid, putUuidDigits } from './uuid-bytes.ts'

/** Most partitions of a cluster have little to say: columns begin small. */
const firstBytes = 256
/** What a value may need besides its bytes: a length of up to eight. */
const lengthBytes = 8
const shortSpan = 48

const nothing = Buffer.alloc(0)

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

interface Piece {
  readonly bytes: Buffer
  readonly length: number
}

/**
 * The values of one column as ClickHouse's Native format has them: numbers little-endian, texts behind their length as a varint, one behind the
 * other. In pieces that never have to be copied to make room; a value lies in one of them.
 *
 * A class, and mutable: it runs for every column of every record, and one shape for all columns is what makes that cheap.
 */
export class ColumnBytes {
  readonly #store: PieceStore
  #pieces: Piece[] = []
  #before = 0
  #buffer: Buffer = nothing
  #view = viewOf(nothing)
  #at = 0

  constructor(store: PieceStore) {
    this.#store = store
  }

  /** Bytes so far. */
  get length(): number {
    return this.#before + this.#at
  }

  uint8(value: number): void {
    this.#ensure(1)
    this.#buffer[this.#at] = value
    this.#at += 1
  }

  uint16(value: number): void {
    this.#ensure(2)
    this.#view.setUint16(this.#at, value, true)
    this.#at += 2
  }

  uint64(value: bigint): void {
    this.#ensure(8)
    this.#view.setBigUint64(this.#at, value, true)
    this.#at += 8
  }

  int64(value: bigint): void {
    this.#ensure(8)
    this.#view.setBigInt64(this.#at, value, true)
    this.#at += 8
  }

  /** A whole number below 2^53, signed. */
  int64Of(value: number): void {
    this.#ensure(8)
    this.#view.setUint32(this.#at, value >>> 0, true)
    this.#view.setInt32(this.#at + 4, Math.floor(value / 0x1_0000_0000), true)
    this.#at += 8
  }

  float32(value: number): void {
    this.#ensure(4)
    this.#view.setFloat32(this.#at, value, true)
    this.#at += 4
  }

  float64(value: number): void {
    this.#ensure(8)
    this.#view.setFloat64(this.#at, value, true)
    this.#at += 8
  }

  /** UTF-8; a lone surrogate becomes U+FFFD, so bytes that must survive go through `bytes`. */
  text(value: string): void {
    // No UTF-16 unit needs more than three bytes, so a short text surely has a length of one byte: written first, its length after.
    if (value.length * 3 < 128) {
      this.#ensure(value.length * 3 + 1)
      const length = putShortText(this.#buffer, value, this.#at + 1)
      this.#buffer[this.#at] = length
      this.#at += 1 + length
      return
    }
    const length = Buffer.byteLength(value, 'utf8')
    this.#ensure(length + lengthBytes)
    this.#putLength(length)
    this.#at += this.#buffer.write(value, this.#at, 'utf8')
  }

  bytes(value: Uint8Array): void {
    this.#ensure(value.length + lengthBytes)
    this.#putLength(value.length)
    this.#buffer.set(value, this.#at)
    this.#at += value.length
  }

  /** The bytes `[start, end)` of something, as a value of their own. */
  span(source: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.#ensure(length + lengthBytes)
    this.#putLength(length)
    const buffer = this.#buffer
    const at = this.#at
    // Most are short, and a view to copy from costs more than the loop.
    if (length > shortSpan) buffer.set(source.subarray(start, end), at)
    else for (let index = 0; index < length; index += 1) buffer[at + index] = source[start + index] as number
    this.#at = at + length
  }

  /** From its 36 characters; anything else is the nil UUID. */
  uuid(value: string | undefined): void {
    this.#ensure(16)
    putUuid(this.#buffer, value, this.#at)
    this.#at += 16
  }

  /** From the 36 digits and hyphens that stand there, checked; the nil UUID where nothing does. */
  uuidSpan(source: Uint8Array, start: number, end: number): void {
    this.#ensure(16)
    if (start === end) this.#buffer.fill(0, this.#at, this.#at + 16)
    else putUuidDigits(this.#buffer, source, start, this.#at)
    this.#at += 16
  }

  /** What stands at `[from, to)`, in pieces; both are ends of values. */
  slice(from: number, to: number): readonly Uint8Array[] {
    const found: Uint8Array[] = []
    let start = 0
    for (const { bytes, length } of this.#all()) {
      if (from < start + length && to > start) {
        found.push(bytes.subarray(Math.max(0, from - start), Math.min(length, to - start)))
      }
      start += length
    }
    return found
  }

  /** Where the first `count` values end, of a column of texts. In time proportional to them: only parts of a block ask. */
  endOfTexts(count: number): number {
    let left = count
    let start = 0
    for (const { bytes, length } of this.#all()) {
      let at = 0
      for (; left > 0 && at < length; left -= 1) at = endOfText(bytes, at)
      if (left === 0) return start + at
      start += length
    }
    return start
  }

  /** Forgets what stands behind `end`, which is the end of a value. */
  cutAt(end: number): void {
    while (end < this.#before) {
      const last = this.#pieces.pop() as Piece
      this.#store.give(this.#buffer)
      this.#buffer = last.bytes
      this.#view = viewOf(this.#buffer)
      this.#before -= last.length
    }
    this.#at = end - this.#before
  }

  /** Nobody looks at the bytes any more. */
  release(): void {
    for (const { bytes } of this.#all()) this.#store.give(bytes)
    this.#pieces = []
    this.#before = 0
    this.#buffer = nothing
    this.#view = viewOf(nothing)
    this.#at = 0
  }

  *#all(): Generator<Piece> {
    yield* this.#pieces
    yield { bytes: this.#buffer, length: this.#at }
  }

  #ensure(bytes: number): void {
    if (this.#at + bytes > this.#buffer.length) this.#grow(bytes)
  }

  #grow(bytes: number): void {
    if (this.#at > 0) this.#pieces.push({ bytes: this.#buffer, length: this.#at })
    this.#before += this.#at
    this.#at = 0
    // Each piece is twice as large as the one before, up to those of the store; a value that is longer has a piece of its own.
    const wanted = Math.min(pieceBytes, Math.max(firstBytes, this.#buffer.length * 2))
    const isUsual = bytes <= wanted && wanted === pieceBytes
    this.#buffer = isUsual ? this.#store.take() : Buffer.allocUnsafeSlow(Math.max(wanted, bytes))
    this.#view = viewOf(this.#buffer)
  }

  #putLength(length: number): void {
    const buffer = this.#buffer
    let rest = length
    while (rest > 127) {
      buffer[this.#at] = (rest % 128) | 128
      this.#at += 1
      rest = Math.floor(rest / 128)
    }
    buffer[this.#at] = rest
    this.#at += 1
  }
}

function endOfText(bytes: Buffer, start: number): number {
  let at = start
  let length = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at] as number
    at += 1
    length += (byte & 127) * scale
    if (byte < 128) return at + length
  }
}
