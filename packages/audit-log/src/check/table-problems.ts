import { auditColumns, sortKeyColumns } from '../row/audit-columns.ts'

/** A table as `system.tables` and `system.columns` describe it. */
export interface TableFacts {
  readonly name: string
  readonly engine: string
  /** With its settings. */
  readonly engineFull: string
  readonly sortingKey: string
  /** Types by name. */
  readonly columns: ReadonlyMap<string, string>
}

/** What a table must be so that an insert repeated after an unclear answer leaves one copy of each record. */
export function writtenTableProblems(table: TableFacts): readonly string[] {
  const problems: string[] = []
  if (table.engine !== 'ReplacingMergeTree') {
    problems.push(`${table.name}: its engine is ${table.engine}, not ReplacingMergeTree`)
  }
  if (table.sortingKey !== sortKeyColumns.join(', ')) {
    problems.push(`${table.name}: it is sorted by (${table.sortingKey}), not by (${sortKeyColumns.join(', ')})`)
  }
  if ((settingOf(table.engineFull, 'non_replicated_deduplication_window') ?? 0) <= 0) {
    problems.push(
      `${table.name}: non_replicated_deduplication_window is 0, so a repeated insert would be stored twice; ALTER TABLE ${table.name} MODIFY SETTING non_replicated_deduplication_window = 100000`,
    )
  }
  if (settingOf(table.engineFull, 'fsync_after_insert') !== 1) {
    problems.push(
      `${table.name}: fsync_after_insert is off, so a power cut may take rows that were acknowledged; ALTER TABLE ${table.name} MODIFY SETTING fsync_after_insert = 1`,
    )
  }
  return [...problems, ...columnProblems(table)]
}

/** What is missing or of another type. More columns than ours are no problem: every statement of ours names its columns. */
export function columnProblems(table: TableFacts): readonly string[] {
  return Object.entries(auditColumns).flatMap(([name, type]) => {
    const found = table.columns.get(name)
    if (found === undefined) return [`${table.name}: the column ${name} is missing`]
    return found === type ? [] : [`${table.name}: the column ${name} is ${found}, not ${type}`]
  })
}

function settingOf(engineFull: string, name: string): number | undefined {
  const settings = engineFull.slice(engineFull.lastIndexOf(' SETTINGS ') + 1)
  const value = new RegExp(`\\b${name} = (\\d+)`).exec(settings)?.[1]
  return value === undefined ? undefined : Number(value)
}
