/** Memory of a process at a moment. */
export interface MemorySample {
  readonly atMs: number
  /** Objects of JavaScript and the bytes they hold, in bytes. */
  readonly heap: number
  /** All the process holds, in bytes. */
  readonly rss: number
}

/** How memory went on after the process was warm. */
export interface MemoryTrend {
  readonly peak: number
  /** Bytes a second, by least squares. */
  readonly slope: number
  /** What was needed in the first half over what was needed in the second: 1 is flat, below 1 it grows. */
  readonly flatness: number
}

const windowMs = 1_000
/** Part of the time in which a process finds its size. */
const warmUp = 0.25

/** Of each second the least: the rest is garbage that nobody collected yet. */
export function memoryTrend(samples: readonly MemorySample[], of: 'heap' | 'rss'): MemoryTrend {
  const peak = samples.reduce((most, sample) => Math.max(most, sample[of]), 0)
  const floors = floorsOf(samples, of)
  const warm = floors.slice(Math.floor(floors.length * warmUp))
  const half = Math.floor(warm.length / 2)
  if (half === 0) throw new RangeError('too few samples for a trend')
  return { peak, slope: slopeOf(warm), flatness: mean(warm.slice(0, half)) / mean(warm.slice(-half)) }
}

function floorsOf(samples: readonly MemorySample[], of: 'heap' | 'rss'): readonly number[] {
  const floors = new Map<number, number>()
  for (const sample of samples) {
    const window = Math.floor(sample.atMs / windowMs)
    floors.set(window, Math.min(floors.get(window) ?? Number.POSITIVE_INFINITY, sample[of]))
  }
  return [...floors.values()]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Of values a second apart. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const level = mean(values)
  let rise = 0
  let run = 0
  for (const [at, value] of values.entries()) {
    rise += (at - middle) * (value - level)
    run += (at - middle) ** 2
  }
  return run === 0 ? 0 : rise / run
}
