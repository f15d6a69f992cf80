import { BrokerError } from '@ledgerbus/core'
import type { Mechanism } from 'kafkajs'
import type { SaslCredentials, SaslOptions } from '../broker-options.ts'
import { clientModules } from '../patches/client-modules.ts'

type Provider = (credentials: SaslCredentials) => Mechanism['authenticationProvider']

const files: Readonly<Record<SaslOptions['mechanism'], string>> = {
  plain: 'plain',
  'scram-sha-256': 'scram256',
  'scram-sha-512': 'scram512',
}

/** kafkajs's own mechanism, with credentials that are asked for at each connection instead of once. */
export function saslMechanism(sasl: SaslOptions): Mechanism {
  const { mechanism } = sasl
  const provider = clientModules.load(`src/broker/saslAuthenticator/${files[mechanism]}`) as Provider

  async function ask(): Promise<SaslCredentials> {
    if (!('credentials' in sasl)) return sasl
    try {
      return await sasl.credentials()
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      const cause = new BrokerError(`sasl.credentials threw (${words}); without credentials no broker can be asked`, {
        code: 'BROKER_AUTHENTICATION',
        retriable: true,
        cause: error,
      })
      // kafkajs would try again on the same connection, which the broker does not take any more.
      throw Object.assign(new Error(words, { cause }), { retriable: false })
    }
  }

  return {
    mechanism,
    authenticationProvider: (connection) => ({
      async authenticate() {
        const { username, password } = await ask()
        await provider({ username, password })(connection).authenticate()
      },
    }),
  }
}
