import type {
  AssignedPartition,
  BrokerConsumer,
  BrokerConsumerListener,
  ConsumerRecord,
  LedgerbusError,
  NextOffset,
  PartitionEpoch,
  RecordBatch,
  TopicPartition,
} from '@ledgerbus/core'

/** A consumer and all it was told, in order. */
export interface ConsumerProbe {
  readonly consumer: BrokerConsumer
  readonly listener: BrokerConsumerListener
  /** Batches that were handed over, also those thrown back. */
  readonly batches: readonly RecordBatch[]
  readonly assigned: readonly AssignedPartition[]
  readonly revoking: readonly PartitionEpoch[]
  readonly kept: readonly PartitionEpoch[]
  readonly lost: readonly PartitionEpoch[]
  readonly problems: readonly LedgerbusError[]
  /** All records handed over. */
  records(): readonly ConsumerRecord[]
  /** Their values as text; `null` for a tombstone. */
  values(): readonly (string | null)[]
  /** The position behind the last batch of a partition. */
  position(partition: TopicPartition): NextOffset | undefined
  /** The ownership of a partition that stands now. @throws Error when there is none */
  epochOf(partition: TopicPartition): PartitionEpoch
}

/** What the listener does besides noting; a function where it needs the consumer, which may call it before `start` resolves. */
export type ProbeBehaviour =
  | Partial<BrokerConsumerListener>
  | ((consumer: BrokerConsumer) => Partial<BrokerConsumerListener>)

/** The value of a record as text. */
export function textOf({ value }: Pick<ConsumerRecord, 'value'>): string | null {
  return value === null ? null : new TextDecoder().decode(value)
}

/** Notes what the consumer tells, then does what the test wants of it. */
export function createConsumerProbe(consumer: BrokerConsumer, given: ProbeBehaviour): ConsumerProbe {
  const behaviour = typeof given === 'function' ? given(consumer) : given
  const batches: RecordBatch[] = []
  const assigned: AssignedPartition[] = []
  const revoking: PartitionEpoch[] = []
  const kept: PartitionEpoch[] = []
  const lost: PartitionEpoch[] = []
  const problems: LedgerbusError[] = []
  const records = (): readonly ConsumerRecord[] => batches.flatMap((batch) => batch.records)
  const isAt = (partition: TopicPartition) => (other: TopicPartition) =>
    other.topic === partition.topic && other.partition === partition.partition

  return {
    consumer,
    batches,
    assigned,
    revoking,
    kept,
    lost,
    problems,
    listener: {
      async assigned(partitions) {
        assigned.push(...partitions)
        await behaviour.assigned?.(partitions)
      },
      async revoking(partitions) {
        revoking.push(...partitions)
        await behaviour.revoking?.(partitions)
      },
      kept(partitions) {
        kept.push(...partitions)
        behaviour.kept?.(partitions)
      },
      lost(partitions) {
        lost.push(...partitions)
        behaviour.lost?.(partitions)
      },
      async deliver(batch) {
        batches.push(batch)
        await behaviour.deliver?.(batch)
      },
      problem(error) {
        problems.push(error)
        behaviour.problem?.(error)
      },
    },
    records,
    values: () => records().map(textOf),
    position: (partition) => batches.findLast(isAt(partition))?.nextOffset,
    epochOf(partition) {
      const epoch = consumer.assignment().find(isAt(partition))
      if (epoch === undefined) throw new Error(`${partition.topic}/${partition.partition} is not owned`)
      return epoch
    },
  }
}
