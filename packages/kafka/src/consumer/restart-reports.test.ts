import { createFakeClock, createRecordingLogger } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createRestartReports } from './restart-reports.ts'

const refused = Object.assign(new Error('connect ECONNREFUSED'), {
  name: 'KafkaJSConnectionError',
  code: 'ECONNREFUSED',
})
const forbidden = Object.assign(new Error('no'), { name: 'KafkaJSProtocolError', type: 'GROUP_AUTHORIZATION_FAILED' })

describe('reports of restarts', () => {
  it('tell each reason once, and again after a while', async () => {
    const clock = createFakeClock()
    const logger = createRecordingLogger()
    const problems: string[] = []
    const { tell } = createRestartReports({
      groupId: 'billing',
      problem: ({ message }) => problems.push(message),
      clock,
      logger,
    })

    tell(refused, 'crashed')
    for (let second = 0; second < 29; second += 1) {
      tell(refused, 'not-opened')
      await clock.advance(1_000)
    }
    expect(problems).toHaveLength(1)
    tell(forbidden, 'not-opened')
    expect(problems).toHaveLength(2)
    await clock.advance(30_000)
    tell(forbidden, 'not-opened')

    expect(problems).toHaveLength(3)
    expect(problems[0]).toBe(
      'group billing: no broker answers; check that Kafka runs and that its addresses are right; this member joins anew (connect ECONNREFUSED)',
    )
    expect(logger.texts('warn')).toEqual([
      'a consumer ended, another takes its place',
      'a consumer could not join, it will be tried again',
      'a consumer could not join, it will be tried again',
    ])
  })
})
