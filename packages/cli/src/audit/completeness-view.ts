import type { CompletenessReport, FindingKind, NotComparable, PartitionReport } from '@ledgerbus/audit-log'
import { counted, duration, grouped, table } from '../output/table.ts'
import { toIso } from '../times/iso.ts'
import { findingLine, findingView } from './finding-view.ts'

/** A comparison with Kafka as JSON, times in RFC 3339. */
export function completenessView(report: CompletenessReport): Readonly<Record<string, unknown>> {
  const { verdict, cluster, groupId, fromMs, toMs, verifiedAtMs, durationMs, retentionDays } = report
  return {
    verdict,
    cluster,
    ...(groupId !== undefined && { groupId }),
    ...(fromMs !== undefined && { from: toIso(fromMs) }),
    ...(toMs !== undefined && { to: toIso(toMs) }),
    verifiedAt: toIso(verifiedAtMs),
    durationMs,
    ...(retentionDays !== undefined && { retentionDays }),
    partitions: report.partitions,
    findings: report.findings.map(findingView),
    findingsLeftOut: report.findingsLeftOut,
  }
}

/** The same, one object a line: partitions, findings, and at the end what it comes to. */
export function completenessLines(report: CompletenessReport): readonly object[] {
  const { partitions, findings: _findings, ...rest } = completenessView(report)
  return [
    ...(partitions as readonly object[]).map((partition) => ({ type: 'partition', ...partition })),
    ...report.findings.map((finding) => ({ type: 'finding', ...findingView(finding) })),
    { type: 'report', ...rest },
  ]
}

/** A comparison with Kafka for people. */
export function completenessText(report: CompletenessReport): string {
  const { partitions, findings, findingsLeftOut } = report
  const notes = [...partitions.flatMap(notesOf)]
  return [
    table(
      ['TOPIC', 'PARTITION', 'OFFSETS', 'RECORDS', 'SAME', 'ERASED', 'NOT DUE', 'FINDINGS', 'COPIES'],
      partitions.map((one) => [
        one.topic,
        one.partition,
        `${one.from}-${one.to}`,
        one.records,
        one.same,
        one.erased,
        one.notDue,
        total(one.findings),
        one.hiddenCopies,
      ]),
    ),
    ...(notes.length === 0 ? [] : ['', 'not comparable:', ...notes]),
    ...findingsText(findings.map(findingLine), findingsLeftOut),
    '',
    verdictText(report),
  ].join('\n')
}

/** Findings as a part of a text; nothing where there is none. */
export function findingsText(lines: readonly string[], leftOut: number): readonly string[] {
  if (lines.length === 0) return []
  return [
    '',
    'findings:',
    ...lines.map((line) => `  ${line}`),
    ...(leftOut > 0 ? [`  and ${grouped(leftOut)} more`] : []),
  ]
}

export function total(findings: Readonly<Record<FindingKind, number>>): number {
  return Object.values(findings).reduce((sum, count) => sum + count, 0)
}

/** `3 missing, 1 moved`, over all partitions. */
export function kindsText(partitions: readonly { readonly findings: Readonly<Record<FindingKind, number>> }[]): string {
  const kinds = ['missing', 'foreign', 'differing', 'moved', 'doubled'] as const
  return kinds
    .map((kind) => [kind, partitions.reduce((sum, { findings }) => sum + findings[kind], 0)] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${grouped(count)} ${kind}`)
    .join(', ')
}

function verdictText({ verdict, partitions, durationMs }: CompletenessReport): string {
  const records = partitions.reduce((sum, one) => sum + one.records, 0)
  const looked = `${counted(records, 'record')} in ${counted(partitions.length, 'partition')}, ${duration(durationMs)}`
  switch (verdict) {
    case 'complete':
      return `complete: the log has every record, byte for byte (${looked})`
    case 'partly':
      return `nothing is wrong, but not everything could be compared (${looked})`
    case 'findings':
      return `the log differs: ${kindsText(partitions)} (${looked})`
  }
}

const reasons: Readonly<Record<NotComparable['reason'], string>> = {
  'gone-from-kafka': 'entries of records that Kafka let go',
  compacted: 'entries of records that compaction may have removed',
  'another-incarnation': 'entries of an earlier topic of this name',
  'gone-from-log': 'records older than the log keeps entries',
}

export function notComparableText({ reason, count, first, last }: NotComparable): string {
  return `${grouped(count)} ${reasons[reason]}, offsets ${first} to ${last}`
}

function notesOf({ topic, partition, notComparable, gaps }: PartitionReport): readonly string[] {
  const place = `${topic}/${partition}`
  return [
    ...notComparable.map((note) => `  ${place}  ${notComparableText(note)}`),
    ...(gaps.count === 0
      ? []
      : [
          `  ${place}  ${counted(gaps.count, 'gap')} among them (${gaps.first
            .slice(0, 3)
            .map(({ from, to }) => `${from}-${to - 1n}`)
            .join(
              ', ',
            )}${gaps.count > 3 ? ', ...' : ''}): transactions and compaction leave such, nobody can tell any more`,
        ]),
  ]
}
