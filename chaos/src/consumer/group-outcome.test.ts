import { expect, it } from 'vitest'
import { aHistory } from '../checker/a-history.ts'
import { checkHistory } from '../checker/check-history.ts'
import { isOk, verdictLine } from '../run-outcome.ts'
import { type GroupOutcomeOptions, groupOutcome } from './group-outcome.ts'

function anOutcome(committed?: number, how: Partial<GroupOutcomeOptions> = {}) {
  const history = aHistory()
  history.publishes('a')
  history.owns('m1')
  history.handles('m1', 0)
  const report = checkHistory(history.build(committed))
  return groupOutcome({ run: 'consumer', seed: 7, report, figures: { faults: 3 }, problems: [], ...how })
}

it('ends a good run with ok', () => {
  expect(verdictLine(anOutcome())).toBe(
    'CHAOS consumer ok events=1 faults=3 lost=0 doubled=0 inverted=0 repeated=0 overlaps=0 invented=0 states=0 commits=0 stuck=0 crashed=0 unknown=0 seed=7',
  )
})

it('ends a run with a finding, a problem or a forbidden repeat with failed', () => {
  expect(verdictLine(anOutcome(0))).toMatch(/^CHAOS consumer failed .* stuck=1 .*seed=7$/)
  expect(isOk(anOutcome(undefined, { problems: ['a broker did not come back'] }))).toBe(false)
  expect(isOk(anOutcome(undefined, { forbiddenRepeats: 1 }))).toBe(false)
})
