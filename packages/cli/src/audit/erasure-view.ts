import type { ErasurePlan, ErasureReport } from '@ledgerbus/core'
import { entryLine, entryView } from '../output/entry-view.ts'
import { bytes, counted, grouped, table } from '../output/table.ts'
import { toIso } from '../times/iso.ts'

/** A plan as JSON. */
export function erasurePlanView({ selection: _selection, firstMs, lastMs, sample, ...counts }: ErasurePlan): object {
  return {
    ...counts,
    ...(firstMs !== undefined && { first: toIso(firstMs) }),
    ...(lastMs !== undefined && { last: toIso(lastMs) }),
    // Without what stands in them: a plan is looked at by more people than the entries are.
    sample: sample.map((entry) => {
      const { topic, partition, offset, kafkaTime, status } = entryView(entry) as Record<string, unknown>
      return { topic, partition, offset, kafkaTime, status }
    }),
  }
}

/** A plan for people. */
export function erasurePlanText(plan: ErasurePlan): string {
  const { entries, byName, byTopic, sample, firstMs, lastMs } = plan
  if (entries === 0) return 'nothing to erase: no entry matches'
  const range = firstMs === undefined || lastMs === undefined ? '' : `, ${toIso(firstMs)} to ${toIso(lastMs)}`
  return [
    `${counted(entries, 'entry', 'entries')} with ${bytes(plan.bytes)}${range}, replays included`,
    '',
    table(
      ['EVENT', 'VERSION', 'ENTRIES'],
      byName.map(({ name, version, entries: count }) => [name, version, count]),
    ),
    '',
    table(
      ['TOPIC', 'ENTRIES'],
      byTopic.map(({ topic, entries: count }) => [topic, count]),
    ),
    '',
    sample.length < entries ? 'the first of them:' : 'they are:',
    ...sample.map((entry) => `  ${entryLine(entry)}`),
  ].join('\n')
}

export function erasureReportText({ planned, erased, removedRows }: ErasureReport): string {
  const before = planned > erased ? `, ${grouped(planned - erased)} were erased meanwhile by somebody else` : ''
  return `erased ${counted(erased, 'entry', 'entries')} and removed ${counted(removedRows, 'row')} of the table${before}`
}
