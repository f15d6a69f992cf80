import { expect, it } from 'vitest'
import { isOk, verdictLine } from '../run-outcome.ts'
import { aLogHistory } from './checker/a-log-history.ts'
import { addLogReports } from './checker/add-log-reports.ts'
import { checkLog, type LogReport } from './checker/check-log.ts'
import { logOutcome } from './log-outcome.ts'

function aReport(committed = 2): LogReport {
  const log = aLogHistory()
  log.publishes(2)
  log.owns('s1')
  log.inserts('s1', 0, 2)
  log.commits('s1', 2)
  return checkLog(log.build(({ ends }) => ({ ends: ends.map((end) => ({ ...end, committed })) })))
}

function anOutcome(report: LogReport, problems: readonly string[] = []) {
  return logOutcome({ run: 'sink', seed: 7, report, figures: { faults: 3 }, problems })
}

it('ends a good run with ok', () => {
  expect(verdictLine(anOutcome(aReport()))).toBe(
    'CHAOS sink ok events=2 faults=3 lost=0 doubled=0 invented=0 bytes=0 commits=0 stuck=0 crashed=0 copies=0 rewritten=0 recoveries=0 unknown=0 seed=7',
  )
})

it('ends a run with a finding or a problem with failed', () => {
  expect(verdictLine(anOutcome(aReport(1)))).toMatch(/^CHAOS sink failed .* stuck=1 /)
  expect(isOk(anOutcome(aReport(), ['a broker did not come back']))).toBe(false)
})

it('adds up the reports of several topics, each finding among them', () => {
  const sum = addLogReports([aReport(), aReport(1), aReport()])
  expect(sum).toMatchObject({ isOk: false, anomalies: { stuck: 1 }, counts: { stored: 6, inserts: 3 } })
  expect(sum.examples).toHaveLength(1)
})
