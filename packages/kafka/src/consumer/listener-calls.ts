import type { BrokerConsumerListener, LedgerbusError, Logger, PartitionEpoch } from '@ledgerbus/core'

/** The listener, with what it throws caught: nothing of it may reach kafkajs, which would leave the group. */
export interface ListenerCalls {
  revoking(partitions: readonly PartitionEpoch[]): Promise<void>
  kept(partitions: readonly PartitionEpoch[]): void
  lost(partitions: readonly PartitionEpoch[]): void
  problem(error: LedgerbusError): void
}

export function createListenerCalls(listener: BrokerConsumerListener, groupId: string, logger: Logger): ListenerCalls {
  function report(error: unknown, text: string): void {
    logger.error({ groupId, error }, text)
  }
  return {
    async revoking(partitions) {
      if (partitions.length === 0) return
      try {
        await listener.revoking?.(partitions)
      } catch (error) {
        report(error, 'the listener failed in revoking')
      }
    },
    kept(partitions) {
      if (partitions.length === 0) return
      try {
        listener.kept?.(partitions)
      } catch (error) {
        report(error, 'the listener failed in kept')
      }
    },
    lost(partitions) {
      if (partitions.length === 0) return
      try {
        listener.lost?.(partitions)
      } catch (error) {
        report(error, 'the listener failed in lost')
      }
    },
    problem(error) {
      try {
        listener.problem?.(error)
      } catch (thrown) {
        report(thrown, 'the listener failed in problem')
      }
    },
  }
}
