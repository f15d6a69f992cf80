import type { LogReport } from './check-log.ts'

/** One report of several topics. @param reports at least one */
export function addLogReports(reports: readonly LogReport[]): LogReport {
  const [first, ...others] = reports
  if (first === undefined) throw new Error('unreachable: nothing was checked')
  return others.reduce(
    (sum, report): LogReport => ({
      isOk: sum.isOk && report.isOk,
      anomalies: addNumbers(sum.anomalies, report.anomalies),
      examples: [...sum.examples, ...report.examples].sort((left, right) => left.kind.localeCompare(right.kind)),
      counts: addNumbers(sum.counts, report.counts),
    }),
    first,
  )
}

function addNumbers<Name extends string>(
  left: Readonly<Record<Name, number>>,
  right: Readonly<Record<Name, number>>,
): Readonly<Record<Name, number>> {
  const names = Object.keys(left) as Name[]
  return Object.fromEntries(names.map((name) => [name, left[name] + right[name]])) as Record<Name, number>
}
