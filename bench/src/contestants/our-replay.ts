import { createAuditLog } from '@ledgerbus/audit-log'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createReplay } from '@ledgerbus/replay'
import type { ReplayTaken, ReplayTask } from './replay-task.ts'
import { serveContestant } from './serve-contestant.ts'

const sampleEveryMs = 50

/** Ours, with every default. */
serveContestant(async (task: ReplayTask): Promise<ReplayTaken> => {
  const { kafkaBrokers, clickhouseUrl, tablePrefix, topic, fromMs, toMs, target, until = 'all' } = task
  const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix })
  const broker = createKafkaBroker({ brokers: [...kafkaBrokers], clientId: 'bench' })
  const replay = createReplay({ broker, auditLog })
  await auditLog.start()
  try {
    const planning = performance.now()
    const request = {
      fromMs,
      toMs,
      timeField: 'kafka',
      topics: [topic],
      target,
      groups: ['bench'],
      reason: 'bench',
      by: 'bench',
    } as const
    const plan = await replay.plan(request)
    const planSeconds = (performance.now() - planning) / 1_000

    let peakRssBytes = 0
    const sampling = setInterval(() => {
      peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss())
    }, sampleEveryMs)
    const cpu = process.cpuUsage()
    const started = performance.now()
    const enough = new AbortController()
    let firstPageSeconds: number | undefined
    const report = await replay.run(plan, {
      confirmed: true,
      signal: enough.signal,
      onProgress: () => {
        firstPageSeconds ??= (performance.now() - started) / 1_000
        if (until === 'first-page') enough.abort(new Error('enough'))
      },
    })
    const seconds = (performance.now() - started) / 1_000
    const { user, system } = process.cpuUsage(cpu)
    clearInterval(sampling)
    const isWhole = report.published === plan.summary.entries
    if (until === 'all' && !isWhole) throw new Error(`replayed ${report.published} of ${plan.summary.entries}`)
    return {
      planned: plan.summary.entries,
      planSeconds,
      seconds,
      firstPageSeconds: firstPageSeconds ?? seconds,
      cpuSeconds: (user + system) / 1e6,
      peakRssBytes,
    }
  } finally {
    await replay.close()
    await auditLog.close()
  }
})
