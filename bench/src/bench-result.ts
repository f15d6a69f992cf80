import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { type Alternation, median } from './alternate.ts'

/** A ratio against a named peer: above 1 we are faster. */
export interface BenchRatio {
  readonly value: number
  readonly runs: readonly number[]
  /** `null`: none is set yet. */
  readonly target: number | null
  readonly met: boolean | null
}

/** What `pnpm bench <name> -o json` prints. */
export interface BenchResult {
  readonly bench: string
  readonly commit: string
  readonly date: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGb: number; readonly node: string }
  readonly ratios: Readonly<Record<string, BenchRatio>>
  readonly figures: Readonly<Record<string, number>>
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}

export function toRatio(alternation: Alternation, target: number | null = null): BenchRatio {
  const value = round(median(alternation.ratios))
  return { value, runs: alternation.ratios.map(round), target, met: target === null ? null : value >= target }
}

/** Work done a second: the median of the runs. */
export function rate(count: number, seconds: readonly number[]): number {
  return Math.round(count / median(seconds))
}

export function toResult(bench: string, measured: Pick<BenchResult, 'ratios' | 'figures'>): BenchResult {
  return {
    bench,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    ...measured,
  }
}
