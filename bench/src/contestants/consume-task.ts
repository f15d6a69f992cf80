/** Records to consume, on either side of a comparison. */
export interface ConsumeTask {
  readonly kafkaBrokers: readonly string[]
  readonly topic: string
  /** A new one: it begins at the first record. */
  readonly groupId: string
  /** Records whose handling is waited for. */
  readonly count: number
  /** How long a handler takes, in milliseconds; 0: it returns at once. */
  readonly handlerMs: number
  /** Handlers at once; our own side only, kafkajs has one a partition. @default the consumer's */
  readonly concurrency?: number
  /** The handlers of this partition never return; none of its records counts. @default none */
  readonly stuckPartition?: number
  /** After which the time of the rest is taken from the pace so far, in milliseconds. @default never */
  readonly withinMs?: number
}
