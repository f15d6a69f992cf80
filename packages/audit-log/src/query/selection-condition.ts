import { type AuditSelection, redriveIdHeader } from '@ledgerbus/core'
import type { ParameterType, Parameters } from '../clickhouse/statement.ts'
import type { AuditColumn } from '../row/audit-columns.ts'
import { boundsCondition } from './bounds-condition.ts'
import { filterCondition } from './filter/filter-condition.ts'
import { selectionFilter } from './filter/selection-filter.ts'
import { momentOf } from '../clickhouse/moment.ts'
import { nameCondition } from './name-condition.ts'
import { stretchesCondition } from './stretches-condition.ts'

/** Written so, only the names of the headers are read; without the quotes the server takes it for a part of the whole column, values included. */
const headerNamesColumn = '`kafka_headers.1`'

/** A UUID in its one form; what has another form is no id of any entry. */
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Which rows of a selection with a filter: all that the filter may match, those that it matches for sure, or those of which only the process can
 * tell. Without a filter all are sure.
 */
export type SelectedRows = 'possible' | 'sure' | 'doubtful'

/**
 * A selection as the condition of a query. Values are bound, never written into the text.
 *
 * @param selection checked by `selectionProblems`
 * @throws AuditLogError `AUDIT_SELECTION_INVALID` for a malformed name pattern; FilterError
 */
export function selectionCondition(
  selection: AuditSelection,
  parameters: Parameters,
  rows: SelectedRows = 'possible',
): string {
  const time: AuditColumn = selection.timeField === 'kafka' ? 'kafka_timestamp' : 'timestamp'
  const conditions = [
    selection.fromMs !== undefined && `${time} >= ${momentOf(selection.fromMs, parameters)}`,
    selection.toMs !== undefined && `${time} < ${momentOf(selection.toMs, parameters)}`,
    selection.names !== undefined && anyOf(selection.names, (names) => nameCondition(names, parameters)),
    textCondition('entity_type', selection.entityType, parameters),
    textCondition('entity_id', selection.entityId, parameters),
    textCondition('actor_type', selection.actorType, parameters),
    textCondition('actor_id', selection.actorId, parameters),
    textCondition('organization_id', selection.organizationId, parameters),
    selection.correlationId !== undefined &&
      `${uuidCondition('correlation_id', [selection.correlationId], parameters)} AND record_status = 'ok'`,
    selection.eventIds !== undefined &&
      `${uuidCondition('event_id', selection.eventIds, parameters)} AND event_name != ''`,
    excludedCondition(selection.excludedEventIds ?? [], parameters),
    selection.topics !== undefined && memberCondition('kafka_topic', selection.topics, 'String', parameters),
    selection.statuses !== undefined && memberCondition('record_status', selection.statuses, 'String', parameters),
    replayCondition(selection.replays ?? 'exclude', parameters),
    selection.redrives === 'exclude' && `NOT has(${headerNamesColumn}, ${parameters.one(redriveIdHeader, 'String')})`,
    selection.ranges !== undefined && stretchesCondition(selection.ranges, parameters),
    selection.below !== undefined && boundsCondition(selection.below, parameters),
    ...filterConditions(selection.filter, parameters, rows),
  ].filter((condition) => condition !== false)
  return conditions.length === 0 ? 'true' : conditions.join(' AND ')
}

function filterConditions(
  filter: string | undefined,
  parameters: Parameters,
  rows: SelectedRows,
): readonly (string | false)[] {
  if (filter === undefined) return [rows === 'doubtful' && 'false']
  const { possibly, surely } = filterCondition(selectionFilter(filter).tree, parameters)
  switch (rows) {
    case 'possible':
      return [possibly]
    case 'sure':
      return [surely]
    case 'doubtful':
      return possibly === surely ? ['false'] : [possibly, surely !== 'false' && `NOT ${surely}`]
  }
}

function textCondition(column: AuditColumn, value: string | undefined, parameters: Parameters): string | false {
  return value !== undefined && `${column} = ${parameters.one(value, 'String')}`
}

function memberCondition(
  column: AuditColumn,
  values: readonly string[],
  type: ParameterType,
  parameters: Parameters,
): string {
  return anyOf(
    parameters.lists(values, type),
    (lists) => `(${lists.map((list) => `${column} IN ${list}`).join(' OR ')})`,
  )
}

/** To be joined with what makes sure that there is such an id: entries without it have the nil UUID. Erased ones keep their event's, and no other. */
function uuidCondition(column: AuditColumn, values: readonly string[], parameters: Parameters): string {
  const legal = values.filter((value) => uuid.test(value))
  return memberCondition(column, legal, 'UUID', parameters)
}

/** Entries without an event are of none of these. */
function excludedCondition(eventIds: readonly string[], parameters: Parameters): string | false {
  if (eventIds.length === 0) return false
  return `NOT (event_name != '' AND ${uuidCondition('event_id', eventIds, parameters)})`
}

/** A list without members matches nothing. */
function anyOf<Member>(members: readonly Member[], condition: (members: readonly Member[]) => string): string {
  return members.length === 0 ? 'false' : condition(members)
}

function replayCondition(replays: NonNullable<AuditSelection['replays']>, parameters: Parameters): string | false {
  if (typeof replays === 'object') return textCondition('replay_id', replays.id, parameters)
  switch (replays) {
    case 'exclude':
      return "replay_id = ''"
    case 'only':
      return "replay_id != ''"
    case 'include':
      return false
  }
}
