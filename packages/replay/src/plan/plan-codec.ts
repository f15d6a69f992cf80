import { deepFreeze } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import { ShapeMismatch } from './json-shape.ts'
import { planShape } from './plan-shape.ts'
import type { ReplayPlan } from './replay-plan.ts'

/**
 * Rises with every change that an older reader would not understand; a plan of a higher one is refused, those of lower ones are read. 2 brought why nothing was checked, the
 * rate and the speed.
 */
const planVersion = 2

/** Kafka's default limit of a batch is 1,048,588 bytes; key, headers and the batch itself need some of it. */
const maxPlanBytes = 900_000

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** A plan as it stands in Kafka: JSON in UTF-8. @throws ReplayError `REPLAY_PLAN_TOO_LARGE` */
export function encodePlan(plan: ReplayPlan): Uint8Array {
  const bytes = encoder.encode(JSON.stringify({ schemaVersion: planVersion, plan: planShape.encode(plan) }))
  if (bytes.length <= maxPlanBytes) return bytes
  throw new ReplayError(
    `the plan has ${bytes.length} bytes and Kafka is asked to keep at most ${maxPlanBytes}; what makes it large: ${heaviest(plan)}. Replay several smaller ranges`,
    { code: 'REPLAY_PLAN_TOO_LARGE' },
  )
}

/** The plan that stands in Kafka, frozen. @throws ReplayError `REPLAY_STATE_UNREADABLE` for one that is damaged, or that a newer version wrote */
export function decodePlan(bytes: Uint8Array): ReplayPlan {
  const { schemaVersion: version, plan } = parse(bytes)
  if (typeof version !== 'number') throw unreadable('it has no version')
  if (version > planVersion) {
    throw unreadable(`it was written by a newer version of Ledgerbus (plan ${version}, this one knows ${planVersion})`)
  }
  if (!Number.isInteger(version) || version < 1) throw unreadable(`no version ${version} was ever written`)
  try {
    return deepFreeze(planShape.decode(plan, ''))
  } catch (error) {
    if (error instanceof ShapeMismatch) throw unreadable(error.message)
    throw error
  }
}

function parse(bytes: Uint8Array): { readonly schemaVersion?: unknown; readonly plan?: unknown } {
  let json: unknown
  try {
    json = JSON.parse(decoder.decode(bytes))
  } catch (cause) {
    throw unreadable('it is no JSON', cause)
  }
  if (typeof json !== 'object' || json === null) throw unreadable('it is no object')
  return json
}

function unreadable(why: string, cause?: unknown): ReplayError {
  return new ReplayError(`the stored plan cannot be read: ${why}; plan again, or use the version that wrote it`, {
    code: 'REPLAY_STATE_UNREADABLE',
    cause,
  })
}

/** What of a plan is many, the most bytes first. */
function heaviest({ selection, summary, topics, otherGroups }: ReplayPlan): string {
  const lists: readonly (readonly [string, readonly unknown[]])[] = [
    ['event ids', selection.eventIds ?? []],
    ['excluded event ids', selection.excludedEventIds ?? []],
    ['ranges of offsets', selection.ranges ?? []],
    ['partitions', selection.below],
    ['names asked for', selection.names ?? []],
    ['topics asked for', selection.topics ?? []],
    ['kinds of events', summary.byName],
    ['topics', topics],
    ['other groups', otherGroups],
  ]
  return lists
    .map(([what, list]) => ({ what, count: list.length, bytes: JSON.stringify(list, textOfBigint).length }))
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .filter(({ count }) => count > 0)
    .map(({ what, count, bytes }) => `${count} ${what} (${bytes} characters)`)
    .join(', ')
}

function textOfBigint(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
