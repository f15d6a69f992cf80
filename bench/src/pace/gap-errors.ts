/** How far off gaps of one length came out, in percent of that length. */
export interface GapErrors {
  readonly gapMs: number
  readonly count: number
  readonly p95Percent: number
  readonly worstPercent: number
  /** Share of them that is at most so many percent off as is allowed. */
  readonly kept: number
}

/**
 * Compares gaps between times with those they should have, length by length.
 *
 * @param wantedMs the gap before each time but the first
 */
export function gapErrors(
  timesMs: readonly number[],
  wantedMs: readonly number[],
  { allowedPercent }: { readonly allowedPercent: number },
): readonly GapErrors[] {
  if (timesMs.length !== wantedMs.length + 1) {
    throw new RangeError(`${timesMs.length} times do not have ${wantedMs.length} gaps between them`)
  }
  const percentByGap = new Map<number, number[]>()
  for (const [index, gapMs] of wantedMs.entries()) {
    const foundMs = (timesMs[index + 1] as number) - (timesMs[index] as number)
    const percent = (Math.abs(foundMs - gapMs) / gapMs) * 100
    percentByGap.set(gapMs, [...(percentByGap.get(gapMs) ?? []), percent])
  }
  return [...percentByGap]
    .toSorted(([left], [right]) => left - right)
    .map(([gapMs, percents]) => {
      const sorted = percents.toSorted((left, right) => left - right)
      return {
        gapMs,
        count: sorted.length,
        p95Percent: sorted[Math.ceil(sorted.length * 0.95) - 1] as number,
        worstPercent: sorted.at(-1) as number,
        kept: sorted.filter((percent) => percent <= allowedPercent).length / sorted.length,
      }
    })
}
