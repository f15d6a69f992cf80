import type { SingleBar } from 'cli-progress'
import type { Edge } from '../edge/edge.ts'
import { duration, grouped } from './table.ts'
import { write } from './write.ts'

/** How far along something is, told on stderr. */
export interface Progress {
  update(done: number): void
  /** Takes the bar away. */
  stop(): void
}

const lineEveryMs = 10_000

/** On a terminal a bar with rate and time left; else a line every ten seconds. */
export async function createProgress(
  edge: Pick<Edge, 'stderr' | 'clock'>,
  options: { readonly what: string; readonly total: number; readonly done: number },
): Promise<Progress> {
  return edge.stderr.isTTY === true ? createBar(edge, options) : createLines(edge, options)
}

async function createBar(
  { stderr }: Pick<Edge, 'stderr'>,
  { what, total, done }: { readonly what: string; readonly total: number; readonly done: number },
): Promise<Progress> {
  const { default: progress } = await import('cli-progress')
  const bar: SingleBar = new progress.SingleBar({
    stream: stderr,
    format: `${what} {bar} {percentage}% | {value}/{total} | {eta_formatted} left`,
    hideCursor: true,
    clearOnComplete: true,
    // Ctrl-C is ours: the bar must not end the process.
    gracefulExit: false,
  })
  bar.start(total, done)
  return {
    update: (value) => {
      bar.update(value)
    },
    stop: () => {
      bar.stop()
    },
  }
}

function createLines(
  { stderr, clock }: Pick<Edge, 'stderr' | 'clock'>,
  { what, total, done }: { readonly what: string; readonly total: number; readonly done: number },
): Progress {
  const startedAtMs = clock.monotonicMs()
  let nextAtMs = startedAtMs + lineEveryMs
  return {
    update(value) {
      const nowMs = clock.monotonicMs()
      if (nowMs < nextAtMs) return
      nextAtMs = nowMs + lineEveryMs
      const perMs = (value - done) / (nowMs - startedAtMs)
      const left = perMs > 0 ? `, ${duration((total - value) / perMs)} left` : ''
      const text = `${what}: ${grouped(value)} of ${grouped(total)}, ${Math.round(perMs * 1_000)}/s${left}\n`
      // A line nobody reads any more is no reason to stop.
      write(stderr, text).catch(() => undefined)
    },
    stop: () => undefined,
  }
}
