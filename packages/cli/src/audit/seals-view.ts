import type { SealedPartitionReport, SealProblem, SealsReport } from '@ledgerbus/audit-log'
import { counted, duration, grouped, table } from '../output/table.ts'
import { toIso } from '../times/iso.ts'
import { findingsText, kindsText, notComparableText, total } from './completeness-view.ts'
import { findingLine, findingView } from './finding-view.ts'

/** What seals say, as JSON. */
export function sealsView(report: SealsReport): Readonly<Record<string, unknown>> {
  const { checkedAtMs, findings, ...rest } = report
  return { ...rest, checkedAt: toIso(checkedAtMs), findings: findings.map(findingView) }
}

/** The same, one object a line: partitions, problems, findings, and at the end what it comes to. */
export function sealsLines(report: SealsReport): readonly object[] {
  const { partitions: _partitions, findings: _findings, problems: _problems, ...rest } = sealsView(report)
  return [
    ...report.partitions.map((partition) => ({ type: 'partition', ...partition })),
    ...report.problems.map((problem) => ({ type: 'problem', ...problem })),
    ...report.findings.map((finding) => ({ type: 'finding', ...findingView(finding) })),
    { type: 'report', ...rest },
  ]
}

/** What seals say, for people. */
export function sealsText(report: SealsReport): string {
  const { partitions, findings, findingsLeftOut, problems, head, firstDay, lastDay } = report
  const notes = partitions.flatMap(notesOf)
  return [
    `seals     ${grouped(report.seals)}${firstDay === undefined ? '' : `, ${firstDay} to ${lastDay}`}`,
    ...(head === undefined ? [] : [`newest    ${head.hash}`]),
    '',
    table(
      ['TOPIC', 'PARTITION', 'OFFSETS', 'SEALED', 'SAME', 'ERASED', 'FINDINGS', 'COPIES'],
      partitions.map((one) => [
        one.topic,
        one.partition,
        `${one.from}-${one.to}`,
        one.entries,
        one.same,
        one.erased,
        total(one.findings),
        one.hiddenCopies,
      ]),
    ),
    ...(notes.length === 0 ? [] : ['', 'not comparable:', ...notes]),
    ...(problems.length === 0
      ? []
      : ['', 'seals that prove nothing:', ...problems.map((one) => `  ${problemText(one)}`)]),
    ...findingsText(findings.map(findingLine), findingsLeftOut),
    '',
    verdictText(report),
  ].join('\n')
}

function notesOf({ topic, partition, notComparable }: SealedPartitionReport): readonly string[] {
  return notComparable.map((note) => `  ${topic}/${partition}  ${notComparableText(note)}`)
}

const problems: Readonly<Record<SealProblem['kind'], string>> = {
  unreadable: 'cannot be read as a seal',
  edited: 'was changed: its hash is another',
  removed: 'the seal before it is missing',
  foreign: 'does not follow the one before it: it comes from another place or another chain',
  unsigned: 'is not signed',
  signature: 'is not signed with this key',
  index: 'its index was changed or is missing',
  digest: 'its digest is another, though every entry fits its index',
  anchor: 'the seal that --anchor names is not in the chain',
}

function problemText({ number, kind }: SealProblem): string {
  if (number === 0) return kind === 'removed' ? 'there is no seal at all' : problems[kind]
  return `seal ${number}: ${problems[kind]}`
}

function verdictText({ verdict, partitions, problems: found, durationMs }: SealsReport): string {
  const entries = partitions.reduce((sum, one) => sum + one.entries, 0)
  const looked = `${counted(entries, 'sealed entry', 'sealed entries')}, ${duration(durationMs)}`
  switch (verdict) {
    case 'intact':
      return `intact: every sealed entry is as it was (${looked})`
    case 'partly':
      return `nothing is wrong, but not every sealed entry could be checked (${looked})`
    case 'findings': {
      const said = [kindsText(partitions), ...(found.length > 0 ? [counted(found.length, 'broken seal')] : [])]
      return `the log is not what was sealed: ${said.filter((text) => text !== '').join(', ')} (${looked})`
    }
  }
}
