import { BrokerError } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { clientModules } from '../patches/client-modules.ts'
import { protocolErrors } from './error-table.ts'
import { readClientError } from './read-client-error.ts'
import { toBrokerError, toQuestionError } from './to-broker-error.ts'

function clientError(name: string, facts: object = {}, cause?: unknown): Error {
  return Object.assign(new Error(`words of ${name}`, { cause }), { name, ...facts })
}

const refusedByLeader = clientError('KafkaJSProtocolError', { type: 'MESSAGE_TOO_LARGE', retriable: false })

describe('reading an error of kafkajs', () => {
  it('finds the type however deep it is wrapped', () => {
    const wrapped = clientError('KafkaJSNumberOfRetriesExceeded', {}, clientError('KafkaJSError', {}, refusedByLeader))

    expect(readClientError(wrapped)).toMatchObject({
      row: { code: 'BROKER_RECORD_TOO_LARGE', outcome: 'failed', retriable: false },
      words: 'words of KafkaJSProtocolError',
    })
  })

  it('takes an aggregate for its first error', () => {
    const aggregate = clientError('KafkaJSAggregateError', { errors: [refusedByLeader] })

    expect(readClientError(aggregate).row.code).toBe('BROKER_RECORD_TOO_LARGE')
  })

  it('knows types that are newer than kafkajs by their number', () => {
    const numbered = (number: number) =>
      readClientError(
        Object.assign(new Error(`Unknown error code ${number}`), {
          name: 'KafkaJSProtocolError',
          type: 'KAFKAJS_UNKNOWN_ERROR_CODE',
        }),
      ).row

    expect(numbered(90)).toMatchObject({ code: 'BROKER_TRANSACTION_FENCED', outcome: 'failed' })
    expect(numbered(4_711)).toMatchObject({ code: 'BROKER_FAULT', outcome: 'unknown' })
  })

  it('takes a connection that was never made for a request that was never sent, and one that broke for unknown', () => {
    const connection = (facts: object, message = 'Connection error') =>
      readClientError(Object.assign(new Error(message), { name: 'KafkaJSConnectionError', ...facts })).row

    expect(connection({ code: 'ECONNREFUSED' })).toMatchObject({
      code: 'BROKER_UNREACHABLE',
      outcome: 'failed',
      retriable: true,
    })
    expect(connection({ code: 'ENOTFOUND' })).toMatchObject({ code: 'BROKER_UNREACHABLE', outcome: 'failed' })
    expect(connection({}, 'Connection timeout')).toMatchObject({ code: 'BROKER_UNREACHABLE', outcome: 'failed' })
    expect(connection({ code: 'ECONNRESET' })).toMatchObject({ code: 'BROKER_NO_ANSWER', outcome: 'unknown' })
    expect(connection({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })).toMatchObject({ code: 'BROKER_TLS', retriable: false })
    expect(connection({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })).toMatchObject({ code: 'BROKER_TLS' })
  })

  it('takes a broker that accepts connections and answers nothing on them for one that is away', () => {
    expect(readClientError(new Error('Broker not connected')).row).toMatchObject({
      code: 'BROKER_UNREACHABLE',
      outcome: 'failed',
      retriable: true,
    })
  })

  it('takes anything it does not know for unknown', () => {
    for (const error of [new TypeError('x is not a function'), 'a string', undefined, null, {}]) {
      expect(readClientError(error).row).toMatchObject({
        code: 'BROKER_CLIENT_FAULT',
        outcome: 'unknown',
        retriable: true,
      })
    }
  })

  it('hands back an error of ours that passed through kafkajs', () => {
    const own = new BrokerError('the vault is sealed', { code: 'BROKER_AUTHENTICATION', retriable: true })
    const wrapped = clientError('KafkaJSNonRetriableError', {}, clientError('Error', {}, own))

    expect(toBrokerError(wrapped, { where: 'x' })).toBe(own)
    expect(toQuestionError(wrapped, { where: 'x' })).toBe(own)
    expect(readClientError(wrapped).row).toMatchObject({ code: 'BROKER_AUTHENTICATION', retriable: true })
  })

  it('ends with a chain that bites its tail', () => {
    const error = clientError('KafkaJSError')
    error.cause = error

    expect(readClientError(error).row.code).toBe('BROKER_CLIENT_FAULT')
  })
})

describe('the table of errors', () => {
  const { errorCodes } = clientModules.load('src/protocol/error') as {
    readonly errorCodes: readonly { readonly type: string }[]
  }
  /** Of requests we never make: delegation tokens, log folders, reassignments, elections, share of fetch sessions. */
  const notOurs =
    /^(DELEGATION_TOKEN|LOG_DIR|REASSIGNMENT|NO_REASSIGNMENT|ELECTION|ELIGIBLE_LEADERS|FETCH_SESSION|INVALID_FETCH_SESSION|INVALID_PRINCIPAL|STALE_|FENCED_INSTANCE|MEMBER_ID_REQUIRED|OPERATION_NOT_ATTEMPTED)/

  it.each(errorCodes.map(({ type }) => type).filter((type) => !notOurs.test(type)))('has a row for %s', (type) => {
    const row = protocolErrors[type]

    expect(row?.code).toMatch(/^BROKER_[A-Z_]+$/)
    expect(row?.says).toMatch(/^\S.*[^.]$/)
    // Unknown means: it may have been done. Then a repetition may be refused, but never was it refused.
    if (row?.outcome === 'unknown') expect(row.retriable).toBe(true)
  })
})

describe('the message of an error', () => {
  it('says where, what and what to do, then the words of the client, and keeps the cause', () => {
    const error = toBrokerError(refusedByLeader, { where: 'orders/3', topic: 'orders', partition: 3 })

    expect(error).toMatchObject({
      code: 'BROKER_RECORD_TOO_LARGE',
      topic: 'orders',
      partition: 3,
      cause: refusedByLeader,
    })
    expect(error.message).toBe(
      'orders/3: it is larger than the topic takes; send less at once, or raise max.message.bytes of the topic (words of KafkaJSProtocolError)',
    )
  })

  it('of a question is never unknown: what only asks leaves nothing behind', () => {
    const error = toQuestionError(clientError('KafkaJSConnectionClosedError'), { where: 'Kafka at x:1' })

    expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE', outcome: 'failed', retriable: true })
    expect(error.message).toContain('whether this listener expects TLS or SASL')
  })
})
