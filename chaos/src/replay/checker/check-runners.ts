import type { ReplayAnomalies } from './replay-anomalies.ts'
import type { ReplayHistory, RunnerLife } from './replay-history.ts'

/** Ends that say that the replay is somebody else's, or over. */
const leftToOthers: readonly string[] = ['REPLAY_FENCED', 'REPLAY_ENDED']

/** What runners said last is true, and what they ended for may end one. */
export function checkRunners(
  { replays, runners, pauses }: ReplayHistory,
  anomalies: ReplayAnomalies,
): { readonly runners: number; readonly fenced: number; readonly gaveUp: number } {
  const names = new Map(replays.map((replay) => [replay.replayId, replay.name]))
  let fenced = 0
  let gaveUp = 0
  for (const runner of runners) {
    const { name, replayId, end, crash } = runner
    const who = `${name} of ${names.get(replayId)}`
    if (crash !== undefined) anomalies.add('crashed', `${who} ended by itself: ${crash}`)
    if (end === undefined) continue
    checkEnd(
      who,
      runner,
      replays.find((replay) => replay.replayId === replayId),
      anomalies,
    )
    if (end.code === undefined) continue
    if (end.code === 'REPLAY_FENCED') {
      fenced += 1
      if (!runners.some((other) => isBeside(runner, other))) {
        anomalies.add('crashed', `${who} was shut out, and nobody ran beside it`)
      }
    } else if (!leftToOthers.includes(end.code)) {
      if (end.isRetriable === true) gaveUp += 1
      else anomalies.add('crashed', `${who} ended with ${end.code}: ${end.message}`)
    }
  }
  for (const { replayId, publishedAtFirst, publishedAtLast } of pauses) {
    if (publishedAtFirst === publishedAtLast) continue
    anomalies.add(
      'unpaused',
      `${names.get(replayId)}: from ${publishedAtFirst} to ${publishedAtLast} while it was paused`,
    )
  }
  return { runners: runners.length, fenced, gaveUp }
}

function checkEnd(
  who: string,
  { end }: RunnerLife,
  replay: ReplayHistory['replays'][number] | undefined,
  anomalies: ReplayAnomalies,
): void {
  if (end === undefined || replay === undefined) return
  const { status } = replay
  const isWhole = end.published + end.failed + end.leftOut === end.planned && end.planned === replay.planned
  if (end.state === 'completed' && !isWhole) {
    anomalies.add('counts', `${who} says completed, ${JSON.stringify(end)}, and ${replay.planned} were planned`)
  }
  for (const figure of ['published', 'failed', 'leftOut'] as const) {
    const isTrue = end.state === 'completed' ? end[figure] === status[figure] : end[figure] <= status[figure]
    if (!isTrue)
      anomalies.add('counts', `${who} ends with ${figure} ${end[figure]}, and the status has ${status[figure]}`)
  }
}

/** Whether both lived at some moment. */
function isBeside(one: RunnerLife, other: RunnerLife): boolean {
  return (
    other !== one &&
    other.replayId === one.replayId &&
    other.startedMs < (one.endedMs ?? Infinity) &&
    one.startedMs < (other.endedMs ?? Infinity)
  )
}
