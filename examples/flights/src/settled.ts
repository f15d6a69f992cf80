import { setTimeout as sleep } from 'node:timers/promises'

const stallMs = 60_000

/** Waits until `done()` reaches `expected`, and says how far it is; fails when nothing moves for a minute. */
export async function settled(
  what: string,
  expected: number,
  done: () => number,
  { progress, signal }: { readonly progress: (text: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  let last = -1
  let lastMoved = Date.now()
  for (let now = done(); now < expected; now = done()) {
    if (now !== last) {
      last = now
      lastMoved = Date.now()
      progress(`${what}: ${now} of ${expected}`)
    } else if (Date.now() - lastMoved > stallMs) {
      throw new Error(`${what}: stopped at ${now} of ${expected} for ${stallMs / 1000} s`)
    }
    await sleep(50, undefined, { signal })
  }
}
