import { type ReplayPlan, type ReplaySample, replayDurationMs } from '@ledgerbus/replay'
import { toIso } from '../times/iso.ts'

/** A plan as JSON: every time in RFC 3339. */
export function planView(plan: ReplayPlan, ratePerSecond: number | undefined = plan.ratePerSecond): object {
  const { selection, summary, plannedAtMs, first, last, check, topics, ...rest } = plan
  const { fromMs, toMs, ...selected } = selection
  const { firstMs, lastMs, bounds: _sameAsBelow, ...counts } = summary
  return {
    ...rest,
    plannedAt: toIso(plannedAtMs),
    selection: { from: toIso(fromMs), to: toIso(toMs), ...selected },
    summary: {
      ...counts,
      ...(firstMs !== undefined && { first: toIso(firstMs) }),
      ...(lastMs !== undefined && { last: toIso(lastMs) }),
    },
    ...(first !== undefined && { first: sampleView(first) }),
    ...(last !== undefined && { last: sampleView(last) }),
    ...(check !== undefined && { check: { ...check, samples: check.samples.map(sampleView) } }),
    topics: topics.map(({ witness, ...topic }) => ({
      ...topic,
      ...(witness !== undefined && { witness: sampleView({ ...witness, timestampMs: Number(witness.timestampMs) }) }),
    })),
    ...(ratePerSecond !== undefined &&
      Number.isFinite(ratePerSecond) && {
        ratePerSecond,
        expectedDurationMs: replayDurationMs(summary.entries, ratePerSecond),
      }),
  }
}

function sampleView({ timestampMs, ...sample }: Pick<ReplaySample, 'timestampMs'>): object {
  return { ...sample, kafkaTime: toIso(timestampMs) }
}
