/** What a piece holds before its stream goes on in the next one. */
export const pieceBytes: number = 512 * 1024
/** The last row of a piece may reach over that; one that is longer makes the piece grow, and that one is not used again. */
const roomBytes = 64 * 1024

/** Memory for rows, used again and again: a sink fills tens of megabytes a second, which the garbage collector would only notice much later. */
export interface PieceStore {
  take(): Buffer
  /** Whoever gives a piece back must not look at it any more. */
  give(piece: Buffer): void
}

/** More than that is left to the garbage collector, 36 MiB. */
const mostKept = 64

export function createPieceStore(): PieceStore {
  const kept: Buffer[] = []
  return {
    take: () => kept.pop() ?? Buffer.allocUnsafeSlow(pieceBytes + roomBytes),
    give(piece) {
      if (piece.length === pieceBytes + roomBytes && kept.length < mostKept) kept.push(piece)
    },
  }
}
