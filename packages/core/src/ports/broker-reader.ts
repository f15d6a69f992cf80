import type { NextOffset } from './broker-consumer.ts'
import type { ConsumerRecord } from './record.ts'
import type { TopicPartition } from './topic-partition.ts'
import type { WaitOptions } from './wait-options.ts'

/** Records of one partition in offset order, as they were read. Offsets may have holes, as in a `RecordBatch`. */
export interface RecordSlice {
  /** May be empty: then only the position moved (control records, aborted transactions, compaction). */
  readonly records: readonly ConsumerRecord[]
  /** The position behind this slice, never beyond the span; a read that is taken up again begins here. */
  readonly nextOffset: NextOffset
}

/** Offsets `[from, to)`. */
export interface OffsetSpan {
  /** Below the first offset that the partition still holds, the read begins there. */
  readonly from: bigint
  /** The first offset left out. */
  readonly to: bigint
}

/** Reads partitions outside of any group: it moves no group's offset and takes no member's place. Committed records only. */
export interface BrokerReader {
  /** Connects. @throws BrokerError `BROKER_UNREACHABLE`, `BROKER_AUTHENTICATION` */
  start(options?: WaitOptions): Promise<void>
  /**
   * The committed records of a span, each once, slice by slice; the next slice is fetched when it is asked for. The last one ends at `to`, also where the
   * span ends in holes. Where nothing stands yet, or a transaction is open, the read waits for what comes; it waits too for a broker that goes away.
   *
   * @param options an abort ends the iteration with the signal's reason
   * @throws BrokerError `BROKER_TOPIC_UNKNOWN`, `BROKER_PARTITION_UNKNOWN`, `BROKER_AUTHORIZATION`, `BROKER_CLOSED`;
   * `BROKER_OFFSET_OUT_OF_RANGE` where the span begins beyond the partition's end
   */
  read(partition: TopicPartition, span: OffsetSpan, options?: WaitOptions): AsyncIterable<RecordSlice>
  /** Ends what is being read. Idempotent. */
  close(): Promise<void>
}
