import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInjector } from '../nemesis/inject-faults.ts'
import { planFaults } from '../nemesis/plan-faults.ts'
import { runFaults } from '../nemesis/run-faults.ts'
import type { ChaosRun } from '../chaos-run.ts'
import { groupOutcome } from './group-outcome.ts'
import { memberCount, openStage } from './stage.ts'

/** Short, so that a run sees many sessions end. */
const patience = { sessionTimeoutMs: 3_000, requestTimeoutMs: 3_000 }
/** The part at the end without faults. */
const quietMs = 15_000
/** About what faults that wait for work add to the plan. */
const heldBack = 1.2
/** More would measure the machine. */
const mostEventsPerSecond = 2_500
const recoveryMs = 90_000

/** Three members and three brokers under faults: nothing lost, nothing out of order, nothing handled again without a reason. */
export const consumerRun: ChaosRun = async ({ events, keys, faults, seed, folder, progress, clock, signal }) => {
  const plan = planFaults({
    seed,
    faults,
    targets: { member: memberCount, broker: 3 },
    sessionTimeoutMs: patience.sessionTimeoutMs,
  })
  await writeFile(join(folder, 'plan.json'), `${JSON.stringify(plan, undefined, 2)}\n`)
  const stage = await openStage({ seed, folder, progress, clock, signal, patience })
  const problems: string[] = []
  try {
    const { members, cluster, ledger } = stage
    const durationMs = Math.max(plan.endMs * heldBack + quietMs, (events / mostEventsPerSecond) * 1_000)
    const load = await stage.load({ events, keys, durationMs })
    for (let index = 0; index < memberCount; index += 1) members.start(index)
    await Promise.all(Array.from({ length: memberCount }, (_, index) => members.joined(index, { signal })))
    progress(
      `3 members have joined; ${events} events in ${Math.round(durationMs / 1_000)} s, ${plan.plan.length} faults`,
    )

    const broker = { servers: cluster.kafka.brokers, proxies: cluster.proxies }
    const inject = createInjector({ members, broker, signal })
    const report = await runFaults(plan.plan, { inject, work: () => members.worked, ledger, progress, clock, signal })
    problems.push(...report.failures)
    signal.throwIfAborted()
    await cluster.kafka.untilReady({ signal })
    progress('no more faults; waiting for the rest of the events')
    load.finish({ withinMs: recoveryMs })
    await load.done
    if (load.counts.published < events)
      problems.push(`only ${load.counts.published} of ${events} events could be published in time`)

    progress(`all published (${load.counts.unknown} unknown, ${load.counts.failed} failed); waiting for the group`)
    const missing = await stage.untilCommitted(recoveryMs)
    signal.throwIfAborted()
    if (missing > 0) progress(`${missing} records are not committed after ${recoveryMs / 1_000} s`)
    await Promise.all(Array.from({ length: memberCount }, (_, index) => members.close(index)))
    progress('checking')
    const checked = await stage.check()
    return groupOutcome({ run: 'consumer', seed, report: checked, figures: { faults: report.begun }, problems })
  } finally {
    await stage.close()
  }
}
