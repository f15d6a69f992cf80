import { describe, expect, it } from 'vitest'
import { clientModules } from '../patches/client-modules.ts'
import { noRetries } from './producer-session.ts'

type Retry = (options: object) => (work: () => Promise<unknown>) => Promise<unknown>

describe('repetitions within kafkajs', () => {
  it('do not happen: the first error is the answer', async () => {
    const createRetry = clientModules.load('src/retry/index') as Retry
    let tries = 0

    const answer = createRetry(noRetries)(async () => {
      tries += 1
      throw Object.assign(new Error('leader moved'), { retriable: true })
    })

    await expect(answer).rejects.toMatchObject({ name: 'KafkaJSNumberOfRetriesExceeded', retryCount: 0 })
    expect(tries).toBe(1)
  })

  it('are not demanded of an idempotent producer', async () => {
    const { Kafka, logLevel } = clientModules.load('index') as typeof import('kafkajs')
    const kafka = new Kafka({ brokers: ['localhost:9'], logLevel: logLevel.NOTHING })

    expect(() => kafka.producer({ idempotent: true, retry: noRetries })).not.toThrow()
    expect(() => kafka.producer({ idempotent: true, retry: { ...noRetries, retries: 0 } })).toThrow(
      /must allow retries/,
    )
  })
})
