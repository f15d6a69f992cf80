import { BrokerError } from '@ledgerbus/core'
import { ReplayError } from '@ledgerbus/replay'
import { describe, expect, it } from 'vitest'
import { CommandError } from './command-error.ts'
import { explainError } from './explain-error.ts'

describe('an error explained', () => {
  it('has code, message, causes, remedy, link and exit code', () => {
    const cause = new Error('connection failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') })
    const error = new BrokerError('Kafka at 127.0.0.1:1 cannot be reached', { code: 'BROKER_UNREACHABLE', cause })
    expect(explainError(error)).toEqual({
      code: 'BROKER_UNREACHABLE',
      message: 'Kafka at 127.0.0.1:1 cannot be reached',
      causes: ['connection failed', 'connect ECONNREFUSED 127.0.0.1:1'],
      remedy: expect.stringContaining('KAFKA_BROKERS'),
      link: 'https://github.com/ledgerbus/ledgerbus/blob/main/docs/errors/kafka.md#broker_unreachable',
      exitCode: 3,
    })
  })

  it.each([
    [new CommandError('x', { code: 'CLI_USAGE' }), 2],
    [new ReplayError('x', { code: 'REPLAY_BOUNDS_REQUIRED' }), 2],
    [new CommandError('x', { code: 'CLI_CONFIGURATION' }), 3],
    [new CommandError('x', { code: 'CLI_PARTLY_DONE' }), 4],
    [new CommandError('x', { code: 'CLI_NOT_CONFIRMED' }), 5],
    [new CommandError('x', { code: 'CLI_INTERRUPTED' }), 130],
    [new BrokerError('x', { code: 'BROKER_TLS' }), 3],
    [new BrokerError('x', { code: 'BROKER_NO_ANSWER' }), 3],
    [new ReplayError('x', { code: 'REPLAY_COUNT_MISMATCH' }), 1],
    [new ReplayError('x', { code: 'REPLAY_TARGET_NOT_ALLOWED' }), 5],
    [new ReplayError('x', { code: 'REPLAY_ENDED' }), 5],
    [new ReplayError('x', { code: 'REPLAY_NOT_CONFIRMED' }), 5],
    [new TypeError('a bug'), 1],
  ])('%s ends with %i', (error, exitCode) => {
    expect(explainError(error).exitCode).toBe(exitCode)
  })

  it.each([
    ['REPLAY_READ_FAILED', /`ledgerbus replay run <id>`/u],
    ['REPLAY_PUBLISH_FAILED', /do the same again/u],
    ['REPLAY_PUBLISH_UNKNOWN', /`ledgerbus replay status <id>`, then go on/u],
    ['REPLAY_NOT_CONFIRMED', /--confirm <topic> .*--yes into another topic/u],
    ['REPLAY_TOO_LARGE', /--max-entries; .*replay\.maxEntries/u],
  ] as const)('says what to do about %s', (code, remedy) => {
    expect(explainError(new ReplayError('x', { code })).remedy).toMatch(remedy)
  })

  it('names a cause once, also when wrappers repeat it', () => {
    const inner = new Error('connect ECONNREFUSED')
    const error = new BrokerError('no: connect ECONNREFUSED', { code: 'BROKER_UNREACHABLE', cause: inner })
    expect(explainError(error).causes).toEqual([])
  })

  it('survives causes that go in a circle', () => {
    const one = new Error('one')
    const two = new Error('two', { cause: one })
    one.cause = two
    expect(explainError(new BrokerError('x', { code: 'BROKER_UNREACHABLE', cause: one })).causes).toEqual([
      'one',
      'two',
    ])
  })

  it('asks for a report of what was not thrown on purpose', () => {
    expect(explainError(new TypeError('a bug'))).toMatchObject({
      code: 'CLI_UNEXPECTED',
      message: 'TypeError: a bug',
      remedy: expect.stringContaining('--debug'),
    })
  })
})
