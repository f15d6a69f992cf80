import type {
  BrokerConsumerListener,
  BrokerConsumerOptions,
  ConsumerRecord,
  NextOffset,
  PartitionEpoch,
  RecordBatch,
} from '@ledgerbus/core'
import { offsetOutOfRange, partitionLost } from './broker-errors.ts'
import type { BrokerState } from './broker-state.ts'
import type { Ownership } from './consumer-group.ts'

/** What a pump must know about its consumer. */
export interface PumpSurroundings {
  readonly groupId: string
  readonly listener: BrokerConsumerListener
  readonly maxBytes: number
  readonly onOffsetOutOfRange: NonNullable<BrokerConsumerOptions['onOffsetOutOfRange']>
  /** While true nothing new is delivered: a rebalance, a pause, the broker is down. */
  isHalted(): boolean
  /** Tells the listener of trouble. */
  problem(error: ReturnType<typeof offsetOutOfRange>): void
}

/** Delivers one owned partition, batch by batch, as long as it is owned. */
export interface PartitionPump {
  readonly epoch: PartitionEpoch
  readonly ownership: Ownership
  /** Lets deliveries begin: at the position sought, else at `from`, else where the partition begins. */
  begin(from: NextOffset | undefined): void
  seek(offset: NextOffset): void
  /** Looks whether there is something to deliver. */
  wake(): void
  /** The ownership is over. */
  end(): void
}

const firstPauseMs = 10
const longestPauseMs = 1_000

export function createPartitionPump(
  ownership: Ownership,
  epochNumber: number,
  around: PumpSurroundings,
  state: BrokerState,
): PartitionPump {
  const { topic, partition } = ownership
  const { groupId, listener } = around
  const controller = new AbortController()
  const epoch: PartitionEpoch = { topic, partition, epoch: epochNumber, signal: controller.signal }
  let position: bigint | undefined
  let hasBegun = false
  let isRunning = false
  /** Out of range and waiting for a seek. */
  let isStuck = false
  let seeks = 0
  /** Delivered and thrown back; it comes again before anything else. */
  let again: RecordBatch | undefined
  let unsubscribe = (): void => undefined

  function isInRange(at: bigint, low: bigint, end: bigint): boolean {
    return at >= low && at <= end
  }

  /** Where to read on; `undefined` when the position is nowhere in the partition and stays there. */
  function positionInRange(low: bigint, end: bigint): bigint | undefined {
    position ??= low
    if (isInRange(position, low, end)) return position
    const facts = { topic, partition, position, low, end }
    if (around.onOffsetOutOfRange === 'earliest') {
      state.logger.warn({ groupId, ...facts }, 'the offset is out of range, reading on at the earliest')
      position = low
      return low
    }
    isStuck = true
    around.problem(offsetOutOfRange(groupId, facts))
    return undefined
  }

  function fetch(): RecordBatch | undefined {
    // Looked up each time: a topic that was deleted and created again has other logs under the same name.
    const log = state.topics.log({ topic, partition })
    if (log === undefined) return undefined
    const from = positionInRange(log.low, log.end)
    if (from === undefined) return undefined
    const { records, nextOffset } = log.read(from, { maxBytes: around.maxBytes, maxRecords: state.maxRecordsPerBatch })
    if (nextOffset === from) return undefined
    return {
      ...epoch,
      records: records.map(
        ({ offset, record }): ConsumerRecord => ({ cluster: state.clusterId, topic, partition, offset, ...record }),
      ),
      nextOffset: nextOffset as NextOffset,
      end: log.end,
    }
  }

  function mayDeliver(): boolean {
    return !controller.signal.aborted && !isStuck && !around.isHalted()
  }

  /** @returns whether the listener took the batch */
  async function hand(batch: RecordBatch): Promise<boolean> {
    try {
      await listener.deliver(batch)
      return true
    } catch (error) {
      state.logger.error({ groupId, topic, partition, error }, 'deliver failed, the batch will be delivered again')
      return false
    }
  }

  async function deliver(batch: RecordBatch, pauseMs: number): Promise<void> {
    const mark = seeks
    const taken = await hand(batch)
    // A seek during the delivery decided where to go on.
    if (seeks !== mark) return
    if (taken) {
      again = undefined
      position = batch.nextOffset
      return
    }
    again = batch
    await state.clock.sleep(pauseMs, { signal: controller.signal }).catch(() => undefined)
  }

  async function run(): Promise<void> {
    if (isRunning || !hasBegun) return
    isRunning = true
    let pauseMs = firstPauseMs
    while (mayDeliver()) {
      const batch = again ?? fetch()
      if (batch === undefined) break
      pauseMs = again === undefined ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs)
      await deliver(batch, pauseMs)
    }
    isRunning = false
  }

  function wake(): void {
    // Later, not now: whoever appended or committed finishes first, as across a network.
    queueMicrotask(() => void run())
  }

  function seek(offset: NextOffset): void {
    position = offset
    again = undefined
    isStuck = false
    seeks += 1
    wake()
  }

  return {
    epoch,
    ownership,
    begin(from) {
      if (controller.signal.aborted) return
      position ??= from
      hasBegun = true
      const log = state.topics.log({ topic, partition })
      unsubscribe = log?.onChange(wake) ?? unsubscribe
      wake()
    },
    seek,
    wake,
    end() {
      unsubscribe()
      controller.abort(partitionLost(groupId, topic, partition))
    },
  }
}
