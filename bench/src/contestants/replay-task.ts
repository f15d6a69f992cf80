/** A part of a log to publish again. */
export interface ReplayTask {
  readonly kafkaBrokers: readonly string[]
  readonly clickhouseUrl: string
  readonly tablePrefix: string
  /** Of the log to read. */
  readonly topic: string
  readonly fromMs: number
  readonly toMs: number
  readonly target: string
  /** Ends at the first confirmed page. @default 'all' */
  readonly until?: 'all' | 'first-page'
}

/** What it took. */
export interface ReplayTaken {
  readonly planned: number
  readonly planSeconds: number
  /** Of the run alone. */
  readonly seconds: number
  /** From the call of `run` until the first page was confirmed. */
  readonly firstPageSeconds: number
  /** Of all cores, in this process, during the run. */
  readonly cpuSeconds: number
  /** Most resident memory of this process meanwhile. */
  readonly peakRssBytes: number
}

/** Records to send from memory. */
export interface RawTransactionsTask {
  readonly kafkaBrokers: readonly string[]
  /** A file of {@link RawTransaction}s, serialized by V8. */
  readonly file: string
  readonly target: string
}

/** Records of one partition that one transaction sends. */
export interface RawTransaction {
  readonly partition: number
  readonly messages: readonly {
    readonly key: Uint8Array
    readonly value: Uint8Array
    readonly headers: Readonly<Record<string, Uint8Array>>
  }[]
}
