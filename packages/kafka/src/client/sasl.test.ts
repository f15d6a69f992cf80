import type { AuthenticationProviderArgs } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { readClientError } from '../errors/read-client-error.ts'
import { saslMechanism } from './sasl.ts'

/** A connection that keeps what is sent to prove who we are. */
function aConnection() {
  const sent: string[] = []
  const connection = {
    host: 'kafka',
    port: 9092,
    logger: { debug: () => undefined, error: () => undefined },
    async saslAuthenticate({ request }: { readonly request: { encode: () => Buffer | Promise<Buffer> } }) {
      sent.push((await request.encode()).toString('utf8'))
    },
  } as unknown as AuthenticationProviderArgs
  return { connection, sent }
}

describe('SASL', () => {
  it('asks for the credentials at each connection', async () => {
    const { connection, sent } = aConnection()
    let asked = 0
    const { mechanism, authenticationProvider } = saslMechanism({
      mechanism: 'plain',
      async credentials() {
        asked += 1
        return { username: 'alice', password: `secret-${asked}` }
      },
    })

    await authenticationProvider(connection).authenticate()
    await authenticationProvider(connection).authenticate()

    expect(mechanism).toBe('plain')
    expect(sent.map((bytes) => bytes.split('\0').slice(-2))).toEqual([
      ['alice', 'secret-1'],
      ['alice', 'secret-2'],
    ])
  })

  it('takes credentials that are given once', async () => {
    const { connection, sent } = aConnection()

    await saslMechanism({ mechanism: 'plain', username: 'alice', password: 'secret' })
      .authenticationProvider(connection)
      .authenticate()

    expect(sent).toHaveLength(1)
  })

  it('says so when the credentials cannot be had, and lets nobody repeat it on the same connection', async () => {
    const { authenticationProvider } = saslMechanism({
      mechanism: 'scram-sha-512',
      credentials: () => Promise.reject(new Error('the vault is sealed')),
    })

    const error: unknown = await authenticationProvider(aConnection().connection)
      .authenticate()
      .catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({ retriable: false })
    expect(readClientError(error)).toMatchObject({
      row: { code: 'BROKER_AUTHENTICATION', retriable: true },
      words: expect.stringContaining('the vault is sealed'),
    })
  })
})
