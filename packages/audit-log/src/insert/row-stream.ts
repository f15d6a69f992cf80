import { createRowBinaryWriter, type RowBinaryWriter } from '../row/row-binary-writer.ts'

/** Rows one behind the other, in pieces that never have to be copied to make room. */
export interface RowStream {
  /** Writes the row that is being made. */
  readonly writer: RowBinaryWriter
  /** Bytes of the rows that are whole, and of the one that is being made. */
  readonly position: number
  /** The row is whole. @returns where it ends */
  endRow(): number
  /** What stands at `[from, to)`; both are ends of rows. */
  bytes(from: number, to: number): readonly Uint8Array[]
}

/** A row more than a piece is longer than this by at most itself. */
const pieceBytes = 512 * 1024
const roomBytes = 64 * 1024
/** Most partitions of a cluster have little to say: they begin small. */
const firstBytes = 8 * 1024

interface Piece {
  readonly start: number
  readonly bytes: Uint8Array
}

export function createRowStream(): RowStream {
  const pieces: Piece[] = []
  let writer = createRowBinaryWriter(firstBytes)
  let start = 0

  return {
    get writer() {
      return writer
    },
    get position() {
      return start + writer.position
    },
    endRow() {
      const end = start + writer.position
      if (writer.position >= pieceBytes) {
        pieces.push({ start, bytes: writer.written() })
        start = end
        writer = createRowBinaryWriter(pieceBytes + roomBytes)
      }
      return end
    },
    bytes(from, to) {
      return [...pieces, { start, bytes: writer.written() }]
        .map((piece) => piece.bytes.subarray(Math.max(0, from - piece.start), Math.max(0, to - piece.start)))
        .filter(({ length }) => length > 0)
    },
  }
}
