import type { ReplayAnomalies } from './replay-anomalies.ts'
import type { CheckedReplay, Pause, RunnerLife } from './replay-history.ts'

interface Done {
  readonly runners: readonly RunnerLife[]
  readonly pauses: readonly Pause[]
}

/** The history of a replay tells what was done with it: in order, each change once, and none that its end contradicts. */
export function checkTrail(
  { name, replayId, status, trail }: CheckedReplay,
  { runners, pauses }: Done,
  anomalies: ReplayAnomalies,
): void {
  const [first] = trail
  const last = trail.at(-1)
  if (first?.kind !== 'planned' || last === undefined) {
    anomalies.add('trail', `${name}: its history begins with ${first?.kind ?? 'nothing'}`)
    return
  }
  for (const [index, line] of trail.entries()) {
    const before = trail[index - 1]
    if (before === undefined) continue
    const at = `${name}: ${line.kind} by ${line.by}, step ${line.step},`
    if (line.step <= before.step) anomalies.add('trail', `${at} stands behind step ${before.step}`)
    for (const figure of ['published', 'failed', 'leftOut'] as const) {
      if (line[figure] >= before[figure] && line[figure] <= status[figure]) continue
      anomalies.add('trail', `${at} has ${figure} ${line[figure]}, between ${before[figure]} and ${status[figure]}`)
    }
  }
  if (last.state !== status.state) {
    anomalies.add('trail', `${name}: its history ends with ${last.state}, and it is ${status.state}`)
  }
  if (status.state === 'completed' && last.published !== status.published) {
    anomalies.add('trail', `${name}: its history ends with ${last.published} of ${status.published} published`)
  }
  for (const runner of runners) {
    if (runner.replayId !== replayId || runner.end?.state !== 'completed') continue
    if (trail.some(({ kind, by }) => kind === 'completed' && by === runner.name)) continue
    anomalies.add('trail', `${name}: ${runner.name} completed it, and its history does not tell`)
  }
  const wasPaused = pauses.some((pause) => pause.replayId === replayId)
  if (wasPaused && !trail.some(({ state }) => state === 'paused')) {
    anomalies.add('trail', `${name}: somebody paused it, and its history does not tell`)
  }
}
