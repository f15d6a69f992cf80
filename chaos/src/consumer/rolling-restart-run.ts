import type { ChaosRun } from '../chaos-run.ts'
import { groupOutcome } from './group-outcome.ts'
import { memberCount, openStage } from './stage.ts'

/** Time between two restarts: the new member works, the group is at rest. */
const pauseMs = 2_000
/** About what a close, a start and a join take. */
const restartMs = 3_000
const eventsPerSecond = 1_500
const recoveryMs = 90_000

/**
 * Members of a group under load, closed and replaced in turn, with the defaults of production and no fault at all: so nothing may be handled again, of whatever cause.
 */
export const rollingRestartRun: ChaosRun = async ({
  events,
  keys,
  faults: restarts,
  seed,
  folder,
  progress,
  clock,
  signal,
}) => {
  const stage = await openStage({ seed, folder, progress, clock, signal })
  const problems: string[] = []
  try {
    const { members } = stage
    const durationMs = Math.max((events / eventsPerSecond) * 1_000, restarts * (pauseMs + restartMs))
    const load = await stage.load({ events, keys, durationMs })
    for (let index = 0; index < memberCount; index += 1) members.start(index)
    await Promise.all(Array.from({ length: memberCount }, (_, index) => members.joined(index, { signal })))

    let restarted = 0
    for (; restarted < restarts && !signal.aborted; restarted += 1) {
      await clock.sleep(pauseMs, { signal })
      const index = restarted % memberCount
      progress(`restart ${restarted + 1} of ${restarts}: member ${index}; ${load.counts.ok} events so far`)
      await members.close(index)
      members.start(index)
      await members.joined(index, { signal })
    }
    signal.throwIfAborted()
    load.finish({ withinMs: recoveryMs })
    await load.done
    if (load.counts.published < events)
      problems.push(`only ${load.counts.published} of ${events} events could be published in time`)
    await stage.untilCommitted(recoveryMs)
    signal.throwIfAborted()
    await Promise.all(Array.from({ length: memberCount }, (_, index) => members.close(index)))
    progress('checking')
    const report = await stage.check()
    const forbiddenRepeats = Object.values(report.repeated).reduce((sum, count) => sum + count, 0)
    return groupOutcome({
      run: 'rolling-restart',
      seed,
      report,
      figures: { restarts: restarted },
      problems,
      forbiddenRepeats,
    })
  } finally {
    await stage.close()
  }
}
