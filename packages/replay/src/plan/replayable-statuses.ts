import type { AuditReading } from '@ledgerbus/core'

/** What can be published again: nothing is left of an erased entry. */
const replayableStatuses: readonly AuditReading['status'][] = ['ok', 'tombstone', 'undecodable']

/** The statuses that a selection asks for, without erased entries. */
export function statusesToReplay(asked: readonly AuditReading['status'][] | undefined): AuditReading['status'][] {
  return (asked ?? replayableStatuses).filter((status) => status !== 'erased')
}
