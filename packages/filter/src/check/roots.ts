import type { FilterRoot, FilterType } from '../syntax/filter-node.ts'

/** What is known of a root before an event is seen. */
export interface RootFacts {
  readonly type: FilterType
  /** Its fields, where no others can be. */
  readonly fields?: ReadonlyMap<string, FilterType>
  /** The type of each of its fields, where any may be. @default 'any' */
  readonly fieldType?: FilterType
}

const subject: RootFacts = {
  type: 'map',
  fields: new Map([
    ['type', 'string'],
    ['id', 'string'],
  ]),
}

/** The record of these keeps the list of roots complete. */
const facts: Readonly<Record<FilterRoot, RootFacts>> = {
  event_id: { type: 'string' },
  name: { type: 'string' },
  version: { type: 'int' },
  correlation_id: { type: 'string' },
  causation_id: { type: 'string' },
  timestamp: { type: 'timestamp' },
  source: { type: 'string' },
  organization_id: { type: 'string' },
  entity: subject,
  action: { type: 'string' },
  actor: subject,
  payload: {
    type: 'map',
    fields: new Map([
      ['before', 'any'],
      ['after', 'any'],
      ['extra', 'any'],
    ]),
  },
  metrics: {
    type: 'map',
    fields: new Map([
      ['processing_time_ms', 'double'],
      ['db_time_ms', 'double'],
      ['api_time_ms', 'double'],
      ['queue_time_ms', 'double'],
      ['custom_metrics', 'map'],
    ]),
  },
  headers: { type: 'map', fieldType: 'string' },
}

const roots: ReadonlyMap<string, RootFacts> = new Map(Object.entries(facts))

/** Requirement 001 writes `data.total` for `payload.after.total`. */
export const dataAlias = 'data'

/** Every name that a path may begin with. */
export const rootNames: readonly string[] = Object.freeze([...roots.keys(), dataAlias])

export function isRoot(name: string): name is FilterRoot {
  return roots.has(name)
}

export function factsOf(root: FilterRoot): RootFacts {
  return facts[root]
}
