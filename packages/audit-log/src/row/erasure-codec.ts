import type { Coordinates, Erasure } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'

/** What the column `problem` of a marker holds: JSON, so that the table has columns of its own for it without every row having them. */
interface StoredErasure {
  readonly was: Erasure['was']
  readonly reason: string
  readonly by: string
  readonly erased_at_ms: number
  readonly sha256: string
  readonly event?: {
    readonly event_id: string
    readonly name: string
    readonly version: number
    readonly timestamp: string
    readonly organization_id?: string
  }
}

export function encodeErasure({ was, event, reason, by, erasedAtMs, sha256 }: Erasure): string {
  const stored: StoredErasure = {
    was,
    reason,
    by,
    erased_at_ms: erasedAtMs,
    sha256,
    ...(event !== undefined && {
      event: {
        event_id: event.eventId,
        name: event.name,
        version: event.version,
        timestamp: event.timestamp,
        ...(event.organizationId !== undefined && { organization_id: event.organizationId }),
      },
    }),
  }
  return JSON.stringify(stored)
}

/** @throws AuditLogError `AUDIT_ROW_UNREADABLE` for a marker that is not ours */
export function decodeErasure(text: string, { topic, partition, offset }: Coordinates): Erasure {
  const stored = parsed(text)
  if (stored === undefined) {
    throw new AuditLogError(`${topic}/${partition}/${offset}: the marker of an erased entry cannot be read`, {
      code: 'AUDIT_ROW_UNREADABLE',
    })
  }
  const { was, reason, by, erased_at_ms: erasedAtMs, sha256, event } = stored
  return {
    was,
    reason,
    by,
    erasedAtMs,
    sha256,
    ...(event !== undefined && {
      event: {
        eventId: event.event_id,
        name: event.name,
        version: event.version,
        timestamp: event.timestamp,
        ...(event.organization_id !== undefined && { organizationId: event.organization_id }),
      },
    }),
  }
}

const statuses: readonly unknown[] = ['ok', 'tombstone', 'undecodable'] satisfies Erasure['was'][]

function parsed(text: string): StoredErasure | undefined {
  try {
    const value = JSON.parse(text) as Partial<StoredErasure> | null
    const isWhole =
      statuses.includes(value?.was) &&
      typeof value?.reason === 'string' &&
      typeof value.by === 'string' &&
      typeof value.erased_at_ms === 'number' &&
      typeof value.sha256 === 'string'
    return isWhole ? (value as StoredErasure) : undefined
  } catch {
    return undefined
  }
}
