import { expect, it } from 'vitest'
import { isOk, verdictLine } from '../run-outcome.ts'
import { aReplayHistory } from './checker/a-replay-history.ts'
import { checkReplays } from './checker/check-replays.ts'
import { replayOutcome } from './replay-outcome.ts'

function anOutcome(changes: Parameters<typeof aReplayHistory>[0] = {}, problems: readonly string[] = []) {
  const report = checkReplays(aReplayHistory(changes))
  return replayOutcome({ seed: 7, report, figures: { faults: 3, kills: 2 }, details: [], problems })
}

it('ends a good run with ok', () => {
  expect(verdictLine(anOutcome())).toBe(
    'CHAOS replay ok events=4 faults=3 kills=2 published=4 lost=0 doubled=0 invented=0 inverted=0 bytes=0 marks=0 counts=0 trail=0 facts=0 unpaused=0 stuck=0 crashed=0 runners=1 fenced=0 gaveUp=0 seed=7',
  )
})

it('ends a run with a finding or a problem with failed', () => {
  expect(verdictLine(anOutcome({ log: { factsAfter: { orders: 5 } } }))).toMatch(/^CHAOS replay failed .* facts=1 /)
  expect(isOk(anOutcome({}, ['a broker did not come back']))).toBe(false)
})
