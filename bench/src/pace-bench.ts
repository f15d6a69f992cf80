import { createAuditLog } from '@ledgerbus/audit-log'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createReplay, type RunReplayOptions } from '@ledgerbus/replay'
import type { Bench } from './bench.ts'
import { toRatio } from './bench-result.ts'
import { gapErrors } from './pace/gap-errors.ts'
import { fillTimedLog } from './pace/timed-log.ts'
import { type CopyTimes, watchTarget } from './pace/watched-target.ts'

/** In milliseconds, in this order again and again. */
const gapsMs: readonly number[] = [900, 50, 100, 400, 250, 50, 100, 25]
const rounds = 25
/** Servers and clients that were just started answer late until their code is compiled. */
const warmUpRounds = 10
const ratePerSecond = 100
const windows = 6
const windowMs = 10_000
const allowedPercent = 5
/** The share of gaps that are kept: a machine that does something else for a moment spoils single ones. */
const keptTarget = 0.95

/**
 * Runs in the original speed, whose copies should keep the gaps of the originals: by the time that stands on the copies, by when the leader appended them, and by when a handler got them. And a
 * minute of a run that is held to a rate. Nobody else does this, so there is no peer: a ratio is the share of gaps that are at most 5 % off.
 */
export const paceBench: Bench = async ({ kafkaBrokers, clickhouseUrl, progress }) => {
  const broker = createKafkaBroker({ brokers: [...kafkaBrokers], clientId: 'bench' })
  const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix: `bench_${process.pid}_pace` })
  const replay = createReplay({ broker, auditLog })
  await auditLog.migrate()
  await auditLog.start()
  const startMs = Date.now() - 3_600_000

  function timesOf(roundCount: number) {
    const wantedMs = Array.from({ length: roundCount }, () => gapsMs).flat()
    const timesMs = wantedMs.reduce<number[]>((times, gapMs) => [...times, (times.at(-1) ?? 0) + gapMs], [startMs])
    return { wantedMs, timesMs }
  }

  async function copiesOf(
    timesMs: readonly number[],
    kafkaTime: 'CreateTime' | 'LogAppendTime',
    options: RunReplayOptions,
  ): Promise<CopyTimes> {
    const topic = await fillTimedLog(broker, auditLog, timesMs)
    const target = await watchTarget(broker, kafkaTime)
    const plan = await replay.plan({
      fromMs: startMs,
      toMs: startMs + 3_600_000,
      timeField: 'kafka',
      order: 'time',
      topics: [topic],
      target: target.topic,
      groups: [target.groupId],
      reason: 'bench',
      by: 'bench',
    })
    const { state, published } = await replay.run(plan, { ...options, confirmed: true })
    if (published !== timesMs.length) throw new Error(`${state}: ${published} of ${timesMs.length} published`)
    return await target.times(timesMs.length)
  }

  try {
    const { timesMs: warmingMs } = timesOf(warmUpRounds)
    progress('warming up')
    await copiesOf(warmingMs, 'CreateTime', { speed: 2 })
    const { timesMs, wantedMs } = timesOf(rounds)
    progress(`the original speed, ${wantedMs.length} gaps, by the time on the copies`)
    const stamped = await copiesOf(timesMs, 'CreateTime', { speed: 1 })
    progress("the same by the leader's clock")
    const appended = await copiesOf(timesMs, 'LogAppendTime', { speed: 1 })

    progress(`${ratePerSecond} a second for a minute`)
    const atRate = await copiesOf(
      Array.from({ length: ratePerSecond * ((windows * windowMs) / 1_000 + 1) }, () => startMs),
      'LogAppendTime',
      { ratePerSecond },
    )
    const [firstMs = 0] = atRate.kafkaMs
    const counts = Array.from({ length: windows }, (_, index) => {
      const fromMs = firstMs + index * windowMs
      return atRate.kafkaMs.filter((timeMs) => timeMs >= fromMs && timeMs < fromMs + windowMs).length
    })
    const wanted = (ratePerSecond * windowMs) / 1_000
    const rateErrors = counts.map((count) => (Math.abs(count - wanted) / wanted) * 100)

    const errorsOf = (timesMsOfCopies: readonly number[]) => gapErrors(timesMsOfCopies, wantedMs, { allowedPercent })
    const sent = errorsOf(stamped.kafkaMs)
    const ratio = (value: number) => toRatio({ ours: [], peer: [], ratios: [value] }, keptTarget)
    return {
      ratios: {
        ...Object.fromEntries(sent.map(({ gapMs, kept }) => [`kept_gaps_of_${gapMs}_ms`, ratio(kept)])),
        kept_rate: ratio(rateErrors.filter((percent) => percent <= allowedPercent).length / windows),
      },
      figures: {
        ...figuresOf('sent', sent),
        ...figuresOf('appended', errorsOf(appended.kafkaMs)),
        ...figuresOf('handled', errorsOf(stamped.handledMs)),
        ...Object.fromEntries(counts.map((count, index) => [`rate_of_ten_seconds_${index + 1}`, count / 10])),
      },
    }
  } finally {
    await replay.close()
    await auditLog.close()
  }
}

function figuresOf(where: string, errors: ReturnType<typeof gapErrors>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    errors.flatMap(({ gapMs, p95Percent, worstPercent }) => [
      [`${where}_${gapMs}_ms_p95_percent`, Number(p95Percent.toFixed(1))],
      [`${where}_${gapMs}_ms_worst_percent`, Number(worstPercent.toFixed(1))],
    ]),
  )
}
