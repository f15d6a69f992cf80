import type { FakeClock } from '@ledgerbus/testkit'

const stepMs = 50

/** Lets simulated time pass until something ends. @throws Error with the seed when it does not within so long */
export async function settledWithin<Result>(
  work: Promise<Result>,
  mostMs: number,
  { clock, seed }: { readonly clock: FakeClock; readonly seed: number },
): Promise<Result> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  done.catch(() => undefined)
  for (let waitedMs = 0; !isDone && waitedMs < mostMs; waitedMs += stepMs) await clock.advance(stepMs)
  if (!isDone) throw new Error(`seed ${seed}: something that has to end did not within ${mostMs} ms of simulated time`)
  return done
}
