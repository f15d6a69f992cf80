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
  const ask = 'credentials' in sasl ? sasl.credentials : () => sasl
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
