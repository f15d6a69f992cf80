import { auditColumns, sortKeyColumns } from '../row/audit-columns.ts'

/** A table as `system.tables` and `system.columns` describe it. */
export interface TableFacts {
  readonly name: string
  readonly engine: string
  /** With its settings. */
  readonly engineFull: string
  readonly sortingKey: string
  readonly partitionKey: string
  /** Types by name. */
  readonly columns: ReadonlyMap<string, string>
  /** Columns whose values the server computes: nothing can be inserted into them. */
  readonly computedColumns: readonly string[]
}

/** For how long the server has to know the token of an insert at the least. */
const leastWindowSeconds = 86_400

/**
 * What a table must be so that an insert repeated after an unclear answer leaves one copy of each record.
 *
 * @param partitionKey what the table must be partitioned by; tokens and collapsing act within a partition
 */
export function writtenTableProblems(table: TableFacts, partitionKey: string): readonly string[] {
  const problems: string[] = []
  const { name } = table
  if (!/^(?:Replicated|Shared)?ReplacingMergeTree$/.test(table.engine)) {
    problems.push(
      `${name}: its engine is ${table.engine}, not ReplacingMergeTree, ReplicatedReplacingMergeTree or SharedReplacingMergeTree`,
    )
  }
  if (table.sortingKey !== sortKeyColumns.join(', ')) {
    problems.push(`${name}: it is sorted by (${table.sortingKey}), not by (${sortKeyColumns.join(', ')})`)
  }
  if (table.partitionKey !== partitionKey) {
    problems.push(`${name}: it is partitioned by (${table.partitionKey}), not by (${partitionKey})`)
  }
  problems.push(...(isReplicated(table) ? replicatedWindowProblems(table) : windowProblems(table)))
  if (settingOf(table.engineFull, 'fsync_after_insert') !== 1) {
    problems.push(
      `${name}: fsync_after_insert is off, so a power cut may take rows that were acknowledged; ALTER TABLE ${name} MODIFY SETTING fsync_after_insert = 1`,
    )
  }
  if ((settingOf(table.engineFull, 'max_partitions_to_read') ?? 0) > 0) {
    problems.push(
      `${name}: max_partitions_to_read is set, so questions over more months would be refused; ALTER TABLE ${name} RESET SETTING max_partitions_to_read`,
    )
  }
  return [...problems, ...columnProblems(table)]
}

/** Whether other nodes hold the table's rows as well. */
export function isReplicated({ engine }: Pick<TableFacts, 'engine'>): boolean {
  return /^(?:Replicated|Shared)/.test(engine)
}

function windowProblems({ name, engineFull }: TableFacts): readonly string[] {
  if ((settingOf(engineFull, 'non_replicated_deduplication_window') ?? 0) > 0) return []
  return [
    `${name}: non_replicated_deduplication_window is 0, so a repeated insert would be stored twice; ALTER TABLE ${name} MODIFY SETTING non_replicated_deduplication_window = 100000`,
  ]
}

/** Here the server's default is a window; what it forgets is time: an hour, where a sink may be away for days. */
function replicatedWindowProblems({ name, engineFull }: TableFacts): readonly string[] {
  const problems: string[] = []
  if (settingOf(engineFull, 'replicated_deduplication_window') === 0) {
    problems.push(
      `${name}: replicated_deduplication_window is 0, so a repeated insert would be stored twice; ALTER TABLE ${name} MODIFY SETTING replicated_deduplication_window = 100000`,
    )
  }
  if ((settingOf(engineFull, 'replicated_deduplication_window_seconds') ?? 0) < leastWindowSeconds) {
    problems.push(
      `${name}: replicated_deduplication_window_seconds is less than a day, so an insert repeated after an outage would be stored twice; ALTER TABLE ${name} MODIFY SETTING replicated_deduplication_window_seconds = 604800`,
    )
  }
  return problems
}

/** What is missing, of another type or not to be written. More columns than ours are no problem: every statement of ours names its columns. */
export function columnProblems(table: TableFacts): readonly string[] {
  return Object.entries(auditColumns).flatMap(([name, type]) => {
    const found = table.columns.get(name)
    if (found === undefined) return [`${table.name}: the column ${name} is missing`]
    if (found !== type) return [`${table.name}: the column ${name} is ${found}, not ${type}`]
    return table.computedColumns.includes(name)
      ? [`${table.name}: the column ${name} is computed by the server, so nothing can be stored in it`]
      : []
  })
}

function settingOf(engineFull: string, name: string): number | undefined {
  const settings = engineFull.slice(engineFull.lastIndexOf(' SETTINGS ') + 1)
  const value = new RegExp(`\\b${name} = (\\d+)`).exec(settings)?.[1]
  return value === undefined ? undefined : Number(value)
}
