import { createFakeClock, createRecordingLogger } from '@ledgerbus/testkit'
import type { LogEntry } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { createClientLog } from './client-log.ts'
import { loadKafkaJs } from './kafkajs.ts'

const { logLevel } = loadKafkaJs()

function aLog() {
  const clock = createFakeClock()
  const logger = createRecordingLogger()
  const log = createClientLog(logger, clock)
  const write = log.logCreator(logLevel.WARN)
  const say = (namespace: string, message: unknown, extra: object = {}, label = 'ERROR') =>
    write({ namespace, level: logLevel.ERROR, label, log: { timestamp: '', message, ...extra } } as LogEntry)
  return { clock, logger, log, say }
}

describe("the client's log", () => {
  it('warns of what nobody else reports, with facts that are safe to keep', () => {
    const { logger, say } = aLog()

    say('Consumer', 'Failed to execute listener', { groupId: 'billing', payload: 'secret', error: new Error('boom') })

    expect(logger.lines).toEqual([
      {
        level: 'warn',
        facts: {
          client: 'kafkajs',
          part: 'Consumer',
          says: 'Failed to execute listener',
          groupId: 'billing',
          error: 'boom',
        },
        text: 'the Kafka client reports trouble',
      },
    ])
  })

  it.each([
    ['Connection', 'Connection error: connect ECONNREFUSED'],
    ['BrokerPool', 'Failed to connect to seed broker, trying another broker from the list'],
    ['SaslAuthenticator-PLAIN', 'SASL PLAIN authentication failed'],
    ['Producer', 'Failed to send messages'],
    ['Connection', 'Response GroupCoordinator(key: 10, version: 2)'],
    ['Consumer', 'Crash: KafkaJSNonRetriableError: x'],
    ['Runner', 'The group is rebalancing, re-joining'],
    ['ConsumerGroup', 'Offset out of range, resetting to default offset'],
    ['Consumer', 'The coordinator is loading and hence can not process requests'],
  ])('keeps to the details what comes back as an outcome or an error, or is ordinary: %s says %s', (part, message) => {
    const { logger, say } = aLog()

    say(part, message)

    expect(logger.lines.map(({ level }) => level)).toEqual(['debug'])
  })

  it('warns once of what repeats itself', async () => {
    const { clock, logger, say } = aLog()

    for (let second = 0; second < 12; second += 1) {
      say('Consumer', 'trouble')
      await clock.advance(1_000)
    }

    expect(logger.texts('warn')).toHaveLength(2)
  })

  it('is silent once the client is being ended', () => {
    const { log, logger, say } = aLog()

    log.silence()
    say('Consumer', 'trouble')

    expect(logger.lines).toEqual([])
  })

  it('takes an error for its message', () => {
    const { logger, say } = aLog()

    say('Consumer', new Error('as kafkajs sometimes logs'))

    expect(logger.lines[0]?.facts).toMatchObject({ says: 'as kafkajs sometimes logs' })
  })
})
