import { type AuditSelection, isLedgerbusError, parseEventPattern } from '@ledgerbus/core'

/** Conditions of a selection besides its two times. */
export type SelectionConditions = Omit<AuditSelection, 'fromMs' | 'toMs'>

/** Every condition there is: one that is spelled otherwise would be passed over, and the range be wider than was meant. */
export const selectionConditions: Readonly<Record<keyof SelectionConditions, true>> = Object.freeze({
  timeField: true,
  names: true,
  entityType: true,
  entityId: true,
  actorType: true,
  actorId: true,
  correlationId: true,
  organizationId: true,
  topics: true,
  eventIds: true,
  excludedEventIds: true,
  ranges: true,
  statuses: true,
  replays: true,
  redrives: true,
  filter: true,
  below: true,
})

/** An empty one matches nothing; whoever built it by mistake would take the empty plan for the truth. */
const filledLists = ['names', 'topics', 'eventIds', 'statuses', 'ranges'] as const
/** Nothing excluded, and the bounds of a plan that found nothing, are what they say. */
const anyLists = ['excludedEventIds', 'below'] as const
const textLists = ['names', 'topics', 'eventIds', 'excludedEventIds', 'statuses'] as const
const texts = ['entityType', 'entityId', 'actorType', 'actorId', 'correlationId', 'organizationId', 'filter'] as const
const choices = {
  timeField: ['event', 'kafka'],
  redrives: ['exclude', 'include'],
  replays: ['exclude', 'include', 'only'],
} as const
const statuses: readonly unknown[] = ['ok', 'tombstone', 'undecodable']

/** What cannot be selected, each in a sentence. For callers without types too. */
export function selectionProblems(selection: SelectionConditions): string[] {
  return [
    ...listProblems(selection),
    ...textProblems(selection),
    ...nameProblems(selection.names),
    ...statusProblems(selection.statuses),
    ...rangeProblems(selection.ranges),
    ...boundProblems(selection.below),
    ...choiceProblems(selection),
  ]
}

function listProblems(selection: SelectionConditions): string[] {
  return [...filledLists, ...anyLists].flatMap((list) => {
    const value: unknown = selection[list]
    if (value === undefined) return []
    if (!Array.isArray(value)) return [`${list}: a list`]
    const mayBeEmpty = anyLists.some((name) => name === list)
    if (value.length === 0) return mayBeEmpty ? [] : [`${list}: empty; leave it out for all`]
    const isTextList = textLists.some((name) => name === list)
    return isTextList && !value.every((item) => isText(item)) ? [`${list}: a list of texts, none of them empty`] : []
  })
}

function textProblems(selection: SelectionConditions): string[] {
  return texts.flatMap((name) => {
    const value: unknown = selection[name]
    return value === undefined || isText(value) ? [] : [`${name}: a text, or leave it out`]
  })
}

function nameProblems(names: unknown): string[] {
  return itemsOf(names).flatMap((name) => {
    if (!isText(name)) return []
    try {
      parseEventPattern(name)
      return []
    } catch (error) {
      if (!isLedgerbusError(error)) throw error
      return [`names: ${error.message}`]
    }
  })
}

function statusProblems(asked: unknown): string[] {
  return itemsOf(asked).flatMap((status) => {
    if (status === 'erased') return ['statuses: nothing is left of an erased entry that could be published']
    return statuses.includes(status) ? [] : [`statuses: ${statuses.join(', ')}; not ${JSON.stringify(status)}`]
  })
}

function rangeProblems(ranges: unknown): string[] {
  return itemsOf(ranges).flatMap((range, index) => {
    const where = `ranges[${index}]`
    if (!isPartition(range)) return [`${where}: a topic and a partition, with offsets \`from\` and \`below\``]
    const { from, below } = range
    if (!isOffset(from, 'may be absent') || !isOffset(below, 'may be absent')) {
      return [`${where}: offsets are bigints from 0`]
    }
    return from !== undefined && below !== undefined && from >= below
      ? [`${where}: holds no offset, \`from\` must lie before \`below\` (exclusive)`]
      : []
  })
}

function boundProblems(bounds: unknown): string[] {
  return itemsOf(bounds).flatMap((bound, index) =>
    isPartition(bound) && isText(bound['cluster']) && isOffset(bound.below, 'must be there')
      ? []
      : [
          `below[${index}]: a cluster, a topic, a partition and a bigint \`below\`; take the bounds of a plan as they are`,
        ],
  )
}

function choiceProblems(selection: SelectionConditions): string[] {
  return (['timeField', 'redrives', 'replays'] as const).flatMap((name) => {
    const value: unknown = selection[name]
    const known: readonly unknown[] = choices[name]
    if (value === undefined || known.includes(value)) return []
    if (name === 'replays' && isRecord(value) && isText(value['id'])) return []
    return [`${name}: ${known.join(', ')}${name === 'replays' ? ', or the id of one replay' : ''}`]
  })
}

function itemsOf(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? list : []
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isPartition(
  value: unknown,
): value is { readonly [field: string]: unknown; readonly from?: unknown; readonly below?: unknown } {
  return (
    isRecord(value) &&
    isText(value['topic']) &&
    Number.isSafeInteger(value['partition']) &&
    Number(value['partition']) >= 0
  )
}

function isOffset(value: unknown, presence: 'may be absent' | 'must be there'): value is bigint | undefined {
  if (value === undefined) return presence === 'may be absent'
  return typeof value === 'bigint' && value >= 0n
}
