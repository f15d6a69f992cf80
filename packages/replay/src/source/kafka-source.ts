import type { Broker, Logger } from '@ledgerbus/core'
import type { ReplaySource } from './replay-source.ts'

export function createKafkaSource(_: { readonly broker: Broker; readonly logger: Logger }): ReplaySource {
  throw new TypeError('being written')
}
