import type { AuditOrder, Coordinates } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'

/** Rises when cursors change their form; one of another version is refused instead of misread. */
const version = 1

const orders: readonly AuditOrder[] = ['newest', 'oldest', 'partition']

/** The place behind an entry, in one order. Opaque to its holder, and no secret: coordinates in base64url. */
export function encodeCursor(order: AuditOrder, place: Coordinates): string {
  const { timestampMs, cluster, topic, partition, offset } = place
  const text = JSON.stringify([version, order, String(timestampMs), cluster, topic, partition, String(offset)])
  return Buffer.from(text, 'utf8').toString('base64url')
}

/** @throws AuditLogError `AUDIT_CURSOR_INVALID` for anything but a cursor of this version and order */
export function decodeCursor(cursor: string, order: AuditOrder): Coordinates {
  const fields = parse(cursor)
  const [, ofOrder, timestampMs, cluster, topic, partition, offset] = fields
  if (fields.length !== 7 || fields[0] !== version || !orders.includes(ofOrder as AuditOrder))
    throw invalid('it is none of ours')
  if (ofOrder !== order) throw invalid(`it belongs to the order "${String(ofOrder)}", not to "${order}"`)
  if (typeof cluster !== 'string' || typeof topic !== 'string') throw invalid('it is damaged')
  if (typeof partition !== 'number' || !Number.isInteger(partition) || partition < 0 || partition > 0xffff_ffff) {
    throw invalid('it is damaged')
  }
  return { timestampMs: integer(timestampMs), cluster, topic, partition, offset: unsigned(offset) }
}

function parse(cursor: string): readonly unknown[] {
  try {
    const fields: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Array.isArray(fields) ? fields : []
  } catch {
    throw invalid('it is none of ours')
  }
}

function integer(value: unknown): bigint {
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) throw invalid('it is damaged')
  return BigInt.asIntN(64, BigInt(value))
}

function unsigned(value: unknown): bigint {
  const found = integer(value)
  if (found < 0n) throw invalid('it is damaged')
  return found
}

function invalid(why: string): AuditLogError {
  return new AuditLogError(`the cursor cannot be used: ${why}; begin again without it`, {
    code: 'AUDIT_CURSOR_INVALID',
  })
}
