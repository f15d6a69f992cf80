import { createRowBinaryWriter, type RowBinaryWriter } from '../row/row-binary-writer.ts'
import { pieceBytes, type PieceStore } from './piece-store.ts'

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
  /** Nobody looks at the rows any more. */
  release(): void
}

/** Most partitions of a cluster have little to say: they begin small. */
const firstBytes = 8 * 1024

interface Piece {
  readonly start: number
  readonly bytes: Uint8Array
  readonly room: Buffer
}

export function createRowStream(store: PieceStore): RowStream {
  let pieces: Piece[] = []
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
        pieces.push({ start, bytes: writer.written(), room: writer.room })
        start = end
        writer = createRowBinaryWriter(store.take())
      }
      return end
    },
    bytes(from, to) {
      return [...pieces, { start, bytes: writer.written() }]
        .map((piece) => piece.bytes.subarray(Math.max(0, from - piece.start), Math.max(0, to - piece.start)))
        .filter(({ length }) => length > 0)
    },
    release() {
      for (const { room } of [...pieces, { room: writer.room }]) store.give(room)
      pieces = []
      writer = createRowBinaryWriter(0)
    },
  }
}
