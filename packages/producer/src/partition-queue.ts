import type { AppendOutcome, Clock, Logger, ProducerRecord } from '@ledgerbus/core'
import { appendInParts, isTooLarge } from './append-in-parts.ts'
import type { PendingPublish, PublishHolder } from './pending-publish.ts'
import { unknownRemedy } from './publish-error.ts'

export interface PartitionQueueOptions {
  readonly topic: string
  readonly partition: number
  readonly append: (records: readonly ProducerRecord[]) => Promise<AppendOutcome>
  readonly clock: Clock
  readonly logger: Logger
  readonly lingerMs: number
  readonly maxBatchRecords: number
  readonly maxBatchBytes: number
  /** How old a record may be when it is sent. */
  readonly maxAgeMs: number
  /** A batch was cut: keyless records go elsewhere from here. */
  readonly onCut: () => void
  /** The records are out of the producer's hands, whatever became of them. */
  readonly release: (publishes: readonly PendingPublish[]) => void
}

/** What waits for one partition, in order, and the one append that is under way there. */
export interface PartitionQueue {
  add(publish: PendingPublish): void
  /** Lingers no more: what waits, now and from here on, is sent as soon as the partition is free. */
  hurry(): void
  /** What is not sent yet. */
  waiting(): readonly PendingPublish[]
  /** What is on its way to the broker. */
  underWay(): readonly PendingPublish[]
}

export function createPartitionQueue(options: PartitionQueueOptions): PartitionQueue {
  const { topic, partition, clock, logger, lingerMs, maxBatchRecords, maxBatchBytes, release } = options
  const where = `${topic}/${partition}`
  // A set keeps the order and lets a given-up publish go in constant time.
  const waiting = new Set<PendingPublish>()
  let waitingBytes = 0
  let underWay: readonly PendingPublish[] = []
  let lingering: AbortController | undefined
  let hurried = false

  function remove(publish: PendingPublish): void {
    waiting.delete(publish)
    waitingBytes -= publish.bytes
  }

  const holder: PublishHolder = {
    drop(publish) {
      remove(publish)
      release([publish])
    },
  }

  /** Sends what is ready, unless the partition is busy: one append at a time keeps the order and the broker's view of it. */
  function pump(): void {
    if (underWay.length > 0) return
    const isFull = waiting.size >= maxBatchRecords || waitingBytes >= maxBatchBytes
    const isUrgent = isFull || hurried
    if (lingering !== undefined && !isUrgent) return
    const [oldest] = waiting
    if (oldest === undefined) return
    const lingerLeftMs = isUrgent ? 0 : oldest.acceptedAtMs + lingerMs - clock.monotonicMs()
    if (lingerLeftMs > 0) {
      linger(lingerLeftMs)
      return
    }
    lingering?.abort()
    lingering = undefined
    const { batch, expired } = cut()
    if (batch.length > 0) void send(batch)
    // Only now: the room they leave may bring new publishes to this very queue.
    for (const publish of expired) expire(publish)
    if (expired.length > 0) release(expired)
  }

  function linger(ms: number): void {
    const wait = new AbortController()
    lingering = wait
    clock.sleep(ms, { signal: wait.signal }).then(
      () => {
        lingering = undefined
        pump()
      },
      // Cancelled: the batch filled up first.
      () => undefined,
    )
  }

  function cut(): { readonly batch: readonly PendingPublish[]; readonly expired: readonly PendingPublish[] } {
    const oldestAllowedMs = clock.monotonicMs() - options.maxAgeMs
    const batch: PendingPublish[] = []
    const expired: PendingPublish[] = []
    let bytes = 0
    for (const publish of waiting) {
      if (publish.acceptedAtMs < oldestAllowedMs) {
        remove(publish)
        expired.push(publish)
        continue
      }
      const isFull = batch.length === maxBatchRecords || (batch.length > 0 && bytes + publish.bytes > maxBatchBytes)
      if (isFull) break
      remove(publish)
      publish.sent(partition)
      batch.push(publish)
      bytes += publish.bytes
    }
    return { batch, expired }
  }

  function expire(publish: PendingPublish): void {
    const how = `waited over ${options.maxAgeMs} ms to be sent to ${where}, which is slow or away; nothing is stored`
    publish.ended('failed', 'PUBLISH_TIMED_OUT', how, undefined, true)
  }

  async function send(batch: readonly PendingPublish[]): Promise<void> {
    underWay = batch
    options.onCut()
    await appendInParts(batch, append, settle)
    // Release first: what enters now waits for the others and goes out with them.
    release(batch)
    underWay = []
    pump()
  }

  async function append(part: readonly PendingPublish[]): Promise<AppendOutcome> {
    const outcome = await options.append(part.map((publish) => publish.record))
    if (isTooLarge(outcome) && part.length > 1) {
      logger.warn(
        { topic, partition, records: part.length },
        'batch too large for the topic, sent in parts; raise its max.message.bytes or lower maxBatchBytes',
      )
    }
    return outcome
  }

  function settle(part: readonly PendingPublish[], outcome: AppendOutcome): void {
    if (outcome.kind === 'ok') {
      for (const [index, publish] of part.entries()) publish.published(outcome.baseOffset + BigInt(index))
      return
    }
    const { error } = outcome
    for (const publish of part) {
      if (outcome.kind === 'unknown') {
        publish.ended(
          'unknown',
          'PUBLISH_UNKNOWN',
          `no answer from ${where}: ${error.message}; ${unknownRemedy}`,
          error,
          true,
        )
      } else if (isTooLarge(outcome)) {
        publish.ended(
          'failed',
          'PUBLISH_TOO_LARGE',
          `${publish.bytes} bytes are too large for ${where}: ${error.message}`,
          error,
        )
      } else {
        publish.ended('failed', 'PUBLISH_FAILED', `${where} refused it: ${error.message}`, error, error.retriable)
      }
    }
  }

  return {
    add(publish) {
      publish.heldBy(holder)
      waiting.add(publish)
      waitingBytes += publish.bytes
      pump()
    },
    hurry() {
      hurried = true
      pump()
    },
    waiting: () => [...waiting],
    underWay: () => underWay,
  }
}
