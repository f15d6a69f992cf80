import type { Clock } from '@ledgerbus/core'
import type { LocalClickHouse } from '@ledgerbus/local-stack'

export interface ReviveOptions {
  readonly server: LocalClickHouse
  /** Whether a fault holds the server just now. */
  readonly isBroken: () => boolean
  readonly progress: (line: string) => void
  readonly clock: Clock
  /** Ends the watch. */
  readonly signal: AbortSignal
}

const lookEveryMs = 500
const answerMs = 2_000
/** So often without an answer, and no fault to explain it: a machine that is busy answers late, a server that crashed never. */
const mostSilences = 4

/**
 * Starts a server again that ended by itself, as a supervisor would. ClickHouse's library build aborts now and then when a connection is reset while it reads a request, and its process
 * then hangs; to the log it is one more crash.
 *
 * @returns how often that happened, so far
 */
export function reviveLogServer({ server, isBroken, progress, clock, signal }: ReviveOptions): () => number {
  let revivals = 0

  async function isAnswering(): Promise<boolean> {
    try {
      const answer = await fetch(`${server.url}/?query=SELECT%201`, { signal: AbortSignal.timeout(answerMs) })
      await answer.text()
      return answer.ok
    } catch {
      return false
    }
  }

  async function watch(): Promise<void> {
    let silences = 0
    while (!signal.aborted) {
      await clock.sleep(lookEveryMs, { signal })
      if (isBroken() || (await isAnswering())) {
        silences = 0
        continue
      }
      silences += 1
      if (silences < mostSilences || isBroken()) continue
      silences = 0
      revivals += 1
      progress(`ClickHouse ended by itself, or hangs (${revivals}); starting it again`)
      await server.kill('SIGKILL')
      await server.restart({ signal })
    }
  }

  watch().catch((error: unknown) => {
    if (!signal.aborted) progress(`ClickHouse could not be watched any more: ${String(error)}`)
  })
  return () => revivals
}
