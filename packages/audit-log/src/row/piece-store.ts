/** Bytes of a piece. A longer value has one of its own, which is not used again. */
export const pieceBytes: number = 512 * 1024

/** Memory for rows, used again and again: a sink fills tens of megabytes a second, which the garbage collector would only notice much later. */
export interface PieceStore {
  take(): Buffer
  /** Whoever gives a piece back must not look at it any more. */
  give(piece: Buffer): void
}

/** More than that is left to the garbage collector, 32 MiB. */
const mostKept = 64

export function createPieceStore(): PieceStore {
  const kept: Buffer[] = []
  return {
    take: () => kept.pop() ?? Buffer.allocUnsafeSlow(pieceBytes),
    give(piece) {
      if (piece.length === pieceBytes && kept.length < mostKept) kept.push(piece)
    },
  }
}
