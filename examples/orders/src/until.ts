import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until the condition holds. @throws Error naming what did not happen within half a minute */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited half a minute, but not: ${what}`)
    await sleep(20)
  }
}
