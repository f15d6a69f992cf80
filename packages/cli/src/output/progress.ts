import type { SingleBar } from 'cli-progress'
import type { Edge } from '../edge/edge.ts'
import { duration, grouped, perSecond } from './table.ts'
import { write } from './write.ts'

/** What can be told besides how much is done. */
export interface ProgressNote {
  /** Of the last seconds. @default the average so far */
  readonly ratePerSecond?: number | undefined
  /** What it waits for just now. */
  readonly waitingFor?: string | undefined
}

/** How far along something is, told on stderr. */
export interface Progress {
  update(done: number, note?: ProgressNote): void
  /** Takes the bar away. */
  stop(): void
}

interface ProgressOptions {
  readonly what: string
  readonly total: number
  readonly done: number
}

const lineEveryMs = 10_000

/** On a terminal a bar with rate and time left; else a line every ten seconds, and where it begins or ends to wait. */
export async function createProgress(
  edge: Pick<Edge, 'stderr' | 'clock'>,
  options: ProgressOptions,
): Promise<Progress> {
  return edge.stderr.isTTY === true ? createBar(edge, options) : createLines(edge, options)
}

/** Tells rate and time left from what is done. */
function createPace({ clock }: Pick<Edge, 'clock'>, { total, done: before }: ProgressOptions) {
  const startedAtMs = clock.monotonicMs()
  return (done: number, { ratePerSecond }: ProgressNote): string => {
    const perMs =
      ratePerSecond === undefined ? (done - before) / (clock.monotonicMs() - startedAtMs) : ratePerSecond / 1_000
    if (!Number.isFinite(perMs)) return '-/s'
    const left = perMs > 0 ? `, ${duration((total - done) / perMs)} left` : ''
    return `${perSecond(perMs * 1_000)}${left}`
  }
}

async function createBar(edge: Pick<Edge, 'stderr' | 'clock'>, options: ProgressOptions): Promise<Progress> {
  const { what, total, done } = options
  const { default: progress } = await import('cli-progress')
  const paceOf = createPace(edge, options)
  const bar: SingleBar = new progress.SingleBar({
    stream: edge.stderr,
    format: `${what} {bar} {percentage}% | {value}/{total} | {pace}`,
    hideCursor: true,
    clearOnComplete: true,
    // Ctrl-C is ours: the bar must not end the process.
    gracefulExit: false,
  })
  bar.start(total, done, { pace: '-/s' })
  return {
    update: (value, note = {}) => {
      const { waitingFor } = note
      bar.update(value, { pace: waitingFor === undefined ? paceOf(value, note) : `waits for ${waitingFor}` })
    },
    stop: () => {
      bar.stop()
    },
  }
}

function createLines(edge: Pick<Edge, 'stderr' | 'clock'>, options: ProgressOptions): Progress {
  const { what, total } = options
  const { stderr, clock } = edge
  const paceOf = createPace(edge, options)
  let nextAtMs = clock.monotonicMs() + lineEveryMs
  let isWaiting = false
  return {
    update(value, note = {}) {
      const { waitingFor } = note
      const nowMs = clock.monotonicMs()
      const hasTurned = isWaiting !== (waitingFor !== undefined)
      if (nowMs < nextAtMs && !hasTurned) return
      nextAtMs = nowMs + lineEveryMs
      isWaiting = waitingFor !== undefined
      const pace = waitingFor === undefined ? paceOf(value, note) : `waits for ${waitingFor}`
      // A line nobody reads any more is no reason to stop.
      write(stderr, `${what}: ${grouped(value)} of ${grouped(total)}, ${pace}\n`).catch(() => undefined)
    },
    stop: () => undefined,
  }
}
