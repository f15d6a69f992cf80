import type { Retention, TieringOptions } from './storage-options.ts'

/** What a table's TTL says, in our terms. */
export interface TimeToLive {
  readonly retention: Retention
  readonly tiering?: Pick<TieringOptions, 'volume' | 'afterDays'>
}

/** The column from which the life of a row counts. */
export type LifeColumn = 'kafka_timestamp' | 'ingested_at'

/**
 * The TTL of a table, as ClickHouse prints it, so that what stands can be compared with what is wanted.
 *
 * By months, all rows of a month end together, one month more after the month's beginning than are kept: its partition goes as a whole, and not
 * day by day. Rows without partitions (quarantine) end one by one.
 */
export function timeToLiveText(column: LifeColumn, { retention, tiering }: TimeToLive): string {
  return [
    ...(tiering === undefined ? [] : [`${column} + toIntervalDay(${tiering.afterDays}) TO VOLUME '${tiering.volume}'`]),
    retentionText(column, retention),
  ].join(', ')
}

function retentionText(column: LifeColumn, retention: Retention): string {
  if ('days' in retention) return `${column} + toIntervalDay(${retention.days})`
  return column === 'kafka_timestamp'
    ? `toStartOfMonth(${column}) + toIntervalMonth(${retention.months + 1})`
    : `${column} + toIntervalMonth(${retention.months})`
}

const deletes =
  /(toStartOfMonth\(kafka_timestamp\)|kafka_timestamp|ingested_at) \+ toInterval(Day|Month)\((\d+)\)(?! TO)/
const moves = /\w+ \+ toIntervalDay\((\d+)\) TO VOLUME '([\w-]+)'/

/** The TTL within a table's `engine_full`; `undefined` where it has none of our form. */
export function parseTimeToLive(engineFull: string): TimeToLive | undefined {
  const [, expression, unit, count] = deletes.exec(timeToLiveOf(engineFull)) ?? []
  if (expression === undefined || count === undefined) return undefined
  const [, afterDays, volume] = moves.exec(timeToLiveOf(engineFull)) ?? []
  const months = expression.startsWith('toStartOfMonth') ? Number(count) - 1 : Number(count)
  return {
    retention: unit === 'Day' ? { days: Number(count) } : { months },
    ...(afterDays !== undefined && volume !== undefined && { tiering: { afterDays: Number(afterDays), volume } }),
  }
}

/** The text of the TTL within a table's `engine_full`. */
export function timeToLiveOf(engineFull: string): string {
  return / TTL (.*?)(?: SETTINGS .*)?$/s.exec(engineFull)?.[1] ?? ''
}
