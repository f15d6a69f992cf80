import { BrokerError } from '@ledgerbus/core'
import type { ClientModules } from './client-modules.ts'
import { patchGroupHooks } from './group-hooks.ts'
import { patchIdleTimer } from './idle-timer.ts'
import { patchRecordEncoder } from './record-encoder.ts'
import { patchSilentBroker } from './silent-broker.ts'
import { patchTransactionManager } from './transaction-manager.ts'

/** The version whose source the patches were written against. */
const patchedVersion = '2.2.4'

/** @throws BrokerError `BROKER_CLIENT_VERSION` for another kafkajs: a patch that no longer fits would fail in silence. */
export function applyPatches(modules: ClientModules): void {
  const { version } = modules.load('package.json') as { readonly version: string }
  if (version !== patchedVersion) {
    throw new BrokerError(
      `kafkajs ${version} is installed, but this adapter fits ${patchedVersion} only; install kafkajs@${patchedVersion}`,
      { code: 'BROKER_CLIENT_VERSION' },
    )
  }
  patchIdleTimer(modules)
  patchRecordEncoder(modules)
  patchGroupHooks(modules)
  patchSilentBroker(modules)
  patchTransactionManager(modules)
}
