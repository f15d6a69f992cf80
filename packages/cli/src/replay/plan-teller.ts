import type { PlanProgress } from '@ledgerbus/replay'
import type { Edge } from '../edge/edge.ts'
import { createProgress, type Progress } from '../output/progress.ts'

/** Tells how far planning is. */
export interface PlanTeller {
  tell(progress: PlanProgress): void
  /** Takes the bar away. */
  stop(): Promise<void>
}

/** A plan that is made sooner needs no bar. */
const quietMs = 1_000
const whatOf: Readonly<Record<PlanProgress['step'], string>> = { counting: 'reading Kafka', checking: 'checking' }

/** As a run tells it: a bar on a terminal, else lines; from the second on in which planning is not done yet. */
export function createPlanTeller(edge: Pick<Edge, 'stderr' | 'clock'>): PlanTeller {
  const loudFromMs = edge.clock.monotonicMs() + quietMs
  let last: PlanProgress | undefined
  let shown: Promise<Progress> | undefined

  async function stop(): Promise<void> {
    const before = shown
    shown = undefined
    // What could not be shown is no reason not to plan.
    const progress = await before?.catch(() => undefined)
    progress?.stop()
  }

  async function show(now: PlanProgress, before: Promise<void>): Promise<Progress> {
    await before
    return await createProgress(edge, { what: whatOf[now.step], total: now.total, done: now.done })
  }

  return {
    tell(now) {
      if (edge.clock.monotonicMs() < loudFromMs) return
      const isOther = last?.step !== now.step
      last = now
      if (isOther) shown = show(now, stop())
      const here = shown
      here?.then(
        (progress) => {
          if (shown === here) progress.update(now.done)
        },
        () => undefined,
      )
    },
    stop,
  }
}
