import type * as KafkaJs from 'kafkajs'
import { applyPatches } from '../patches/apply-patches.ts'
import { clientModules } from '../patches/client-modules.ts'

let loaded: typeof KafkaJs | undefined

/**
 * kafkajs with its patches in place. Loaded when a broker is made, so that a wrong version is an error of that call and not of an import.
 *
 * @throws BrokerError `BROKER_CLIENT_VERSION`
 */
export function loadKafkaJs(): typeof KafkaJs {
  if (loaded === undefined) {
    applyPatches(clientModules)
    loaded = clientModules.load('index') as typeof KafkaJs
  }
  return loaded
}
