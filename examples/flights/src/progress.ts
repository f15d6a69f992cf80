/** Tells a waiting person what goes on: one line that changes on a terminal, a line now and then elsewhere. */
export interface Progress {
  readonly show: (text: string) => void
  /** Removes the changing line, so that something lasting can be written. */
  readonly end: () => void
}

const quietMs = 5_000

export function createProgress(stream: NodeJS.WriteStream): Progress {
  let shown = false
  let lastLineAt = Number.NEGATIVE_INFINITY
  return {
    show(text) {
      if (stream.isTTY) {
        stream.write(`\r\u001b[2K  … ${text.slice(0, (stream.columns ?? 80) - 5)}`)
        shown = true
      } else if (performance.now() - lastLineAt >= quietMs) {
        lastLineAt = performance.now()
        stream.write(`  … ${text}\n`)
      }
    },
    end() {
      if (shown) stream.write('\r\u001b[2K')
      shown = false
    },
  }
}
