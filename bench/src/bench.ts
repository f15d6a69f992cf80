import type { BenchResult } from './bench-result.ts'

/** The real servers, and how often to repeat. */
export interface BenchOptions {
  readonly kafkaBrokers: readonly string[]
  readonly clickhouseUrl: string
  /** Counted pairs of runs. */
  readonly runs: number
  readonly progress: (text: string) => void
}

export type Bench = (options: BenchOptions) => Promise<Pick<BenchResult, 'ratios' | 'figures'>>
