import type {
  AssignedPartition,
  BrokerConsumerListener,
  LedgerbusError,
  PartitionEpoch,
  TopicPartition,
} from '@ledgerbus/core'
import { BrokerError } from '@ledgerbus/core'
import { createPartitionSink, type PartitionNeeds, type PartitionSink } from './partition/partition-sink.ts'
import { settledWithin } from './wait/settled-within.ts'

/** The partitions that this process owns, as their consumer's listener. */
export interface SinkMember {
  readonly listener: BrokerConsumerListener
  /** By topic and partition. */
  owned(): readonly PartitionSink[]
}

interface Owned {
  readonly epoch: number
  readonly sink: PartitionSink
}

/** How long a rebalance waits for what is pending; longer would hold up the whole group. What is not stored by then is read again. */
const revokeDrainMs = 3_000

export function createSinkMember(needs: PartitionNeeds): SinkMember {
  const { clock, logger } = needs
  const partitions = new Map<string, Owned>()

  function ownedBy(epoch: PartitionEpoch): PartitionSink | undefined {
    const owned = partitions.get(nameOf(epoch))
    return owned?.epoch === epoch.epoch ? owned.sink : undefined
  }

  function assign(assigned: AssignedPartition): void {
    // Told twice of one ownership: the second time changes nothing.
    if (ownedBy(assigned) !== undefined) return
    const { topic, partition, epoch, committed, low, end } = assigned
    logger.info({ topic, partition, epoch, committed: committed?.offset, low, end }, 'partition assigned')
    partitions.set(nameOf(assigned), { epoch, sink: createPartitionSink(needs, assigned) })
  }

  function lose(lost: PartitionEpoch): void {
    if (ownedBy(lost) === undefined) return
    logger.info({ topic: lost.topic, partition: lost.partition, epoch: lost.epoch }, 'partition lost')
    partitions.delete(nameOf(lost))
  }

  function problem(error: LedgerbusError): void {
    const { code, message } = error
    logger.warn({ code, message }, 'the broker reports a problem')
    if (code !== 'BROKER_OFFSET_OUT_OF_RANGE' || !(error instanceof BrokerError)) return
    const { topic, partition } = error
    if (topic !== undefined && partition !== undefined)
      partitions.get(nameOf({ topic, partition }))?.sink.pausedBy(error)
  }

  return {
    listener: {
      assigned(assigned) {
        for (const partition of assigned) assign(partition)
      },
      async revoking(revoked) {
        const draining = revoked.flatMap((epoch) => ownedBy(epoch)?.drain() ?? [])
        await settledWithin(Promise.all(draining), revokeDrainMs, clock)
      },
      lost(lost) {
        for (const epoch of lost) lose(epoch)
      },
      async deliver(batch) {
        await ownedBy(batch)?.accept(batch)
      },
      problem,
    },
    owned: () => [...partitions].sort(([left], [right]) => compareNames(left, right)).map(([, { sink }]) => sink),
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** Topics by their names, partitions by their numbers. */
function compareNames(left: string, right: string): number {
  const [leftTopic = '', leftPartition] = left.split('/')
  const [rightTopic = '', rightPartition] = right.split('/')
  if (leftTopic !== rightTopic) return leftTopic < rightTopic ? -1 : 1
  return Number(leftPartition) - Number(rightPartition)
}
