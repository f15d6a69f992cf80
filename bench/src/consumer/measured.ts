import type { BenchResult } from '../bench-result.ts'

/** What one comparison adds to the result of its bench. */
export type Measured = Pick<BenchResult, 'ratios' | 'figures'>
