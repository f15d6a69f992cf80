import { ConfigurationError } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import type { KafkaBrokerOptions } from './broker-options.ts'
import { checkOptions } from './check-options.ts'

function settings(options: Partial<KafkaBrokerOptions> = {}) {
  return checkOptions({ brokers: ['kafka.example:9092'], clientId: 'checkout', ...options })
}

function problems(options: object): readonly string[] {
  try {
    settings(options)
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

describe('options of the Kafka broker', () => {
  it('turn TLS on, unless every broker is on this machine', () => {
    expect(settings().tls).toEqual({})
    expect(settings({ brokers: ['localhost:9092', '127.0.0.1:9093'] }).tls).toBe(false)
    expect(settings({ brokers: ['localhost:9092', 'kafka.example:9092'] }).tls).toEqual({})
    // Names that only look like it.
    expect(settings({ brokers: ['localhost.example:9092'] }).tls).toEqual({})
    expect(settings({ brokers: ['127.0.0.1.example:9092'] }).tls).toEqual({})
  })

  it('let the caller decide about TLS', () => {
    expect(settings({ tls: false }).tls).toBe(false)
    expect(settings({ brokers: ['localhost:9092'], tls: true }).tls).toEqual({})
    expect(settings({ tls: { ca: 'pem' } }).tls).toEqual({ ca: 'pem' })
  })

  it('send a plain password without TLS only to who says that it is unsafe', () => {
    const sasl = { mechanism: 'plain', username: 'u', password: 'p' } as const

    expect(problems({ tls: false, sasl })).toEqual([expect.stringContaining('unsafePlainWithoutTls')])
    expect(problems({ brokers: ['localhost:9092'], sasl })).toHaveLength(1)
    expect(problems({ tls: false, sasl: { ...sasl, unsafePlainWithoutTls: true } })).toEqual([])
    expect(problems({ sasl })).toEqual([])
    expect(problems({ tls: false, sasl: { ...sasl, mechanism: 'scram-sha-512' } })).toEqual([])
  })

  it('are refused with every problem at once', () => {
    const wrong = {
      brokers: ['kafka', 'kafka:99999', '[::1]:9092', 'kafka://kafka:9092'],
      clientId: '',
      sasl: { mechanism: 'gssapi', username: 'u' },
      codecs: { lz4: {} },
      connectionTimeoutMs: 0,
      requestTimeoutMs: 1.5,
      ssl: true,
    }

    expect(problems(wrong)).toEqual([
      expect.stringMatching(/^ssl: is no option; there are .*tls/),
      'brokers: kafka is not host:port',
      'brokers: kafka:99999 is not host:port',
      'brokers: [::1]:9092 is not host:port',
      'brokers: kafka://kafka:9092 is not host:port',
      expect.stringMatching(/^clientId:/),
      expect.stringMatching(/^sasl.mechanism:/),
      expect.stringMatching(/^sasl: username and password/),
      expect.stringMatching(/^codecs.lz4:/),
      expect.stringMatching(/^connectionTimeoutMs:/),
      expect.stringMatching(/^requestTimeoutMs:/),
    ])
    expect(problems({ brokers: [] })).toEqual([expect.stringMatching(/^brokers: at least one/)])
  })
})
