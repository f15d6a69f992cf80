import type { AuditOrder, Coordinates } from '@ledgerbus/core'
import { cursorInvalid } from './audit-log-errors.ts'

type Field = keyof Coordinates

/** Each order is total over coordinates, so a cursor stands between two entries and never within one. */
const byTime: readonly Field[] = ['timestampMs', 'cluster', 'topic', 'partition', 'offset']
const byPartition: readonly Field[] = ['cluster', 'topic', 'partition', 'offset', 'timestampMs']

function compareBy(fields: readonly Field[], left: Coordinates, right: Coordinates): number {
  for (const field of fields) {
    if (left[field] === right[field]) continue
    return left[field] < right[field] ? -1 : 1
  }
  return 0
}

/** Negative when `left` comes first. */
export function compareEntries(order: AuditOrder, left: Coordinates, right: Coordinates): number {
  switch (order) {
    case 'oldest':
      return compareBy(byTime, left, right)
    case 'newest':
      return compareBy(byTime, right, left)
    case 'partition':
      return compareBy(byPartition, left, right)
  }
}

/** The same text for the same record, whatever the order of its fields. */
export function keyOf({ cluster, topic, partition, offset, timestampMs }: Coordinates): string {
  return JSON.stringify([cluster, topic, partition, String(offset), String(timestampMs)])
}

/** The place behind a record, in one order. */
export function encodeCursor(order: AuditOrder, place: Coordinates): string {
  return `${order}:${keyOf(place)}`
}

function parseFields(text: string): readonly unknown[] {
  try {
    const fields: unknown = JSON.parse(text)
    return Array.isArray(fields) ? fields : []
  } catch {
    throw cursorInvalid('it is damaged')
  }
}

const integer = /^-?\d{1,19}$/

/** @throws TestkitError `AUDIT_CURSOR_INVALID` for anything but a cursor of this order */
export function decodeCursor(order: AuditOrder, cursor: string): Coordinates {
  const prefix = `${order}:`
  if (!cursor.startsWith(prefix)) throw cursorInvalid(`it does not belong to the order "${order}"`)
  const [cluster, topic, partition, offset, timestampMs] = parseFields(cursor.slice(prefix.length))
  const isWhole =
    typeof cluster === 'string' &&
    typeof topic === 'string' &&
    typeof partition === 'number' &&
    typeof offset === 'string' &&
    integer.test(offset) &&
    typeof timestampMs === 'string' &&
    integer.test(timestampMs)
  if (!isWhole) throw cursorInvalid('it is damaged')
  return { cluster, topic, partition, offset: BigInt(offset), timestampMs: BigInt(timestampMs) }
}
