import type { AuditFinding } from '@ledgerbus/audit-log'
import type { Coordinates } from '@ledgerbus/core'
import { printable } from '../output/printable.ts'
import { toIso } from '../times/iso.ts'

/** A finding as JSON, times in RFC 3339. */
export function findingView({ kind, parts, isHidden, movedFrom, ...at }: AuditFinding): object {
  return {
    kind,
    ...placeView(at),
    ...(parts !== undefined && { parts }),
    ...(isHidden !== undefined && { isHidden }),
    ...(movedFrom !== undefined && { movedFrom: placeView(movedFrom) }),
  }
}

/** A finding in one line for people. */
export function findingLine({ kind, parts, isHidden, movedFrom, ...at }: AuditFinding): string {
  const said = [
    ...(parts === undefined ? [] : [parts.join(', ')]),
    ...(isHidden === true ? ['in a copy that readers do not see'] : []),
    ...(movedFrom === undefined ? [] : [`belongs to ${placeText(movedFrom)}`]),
  ]
  return [kind.padEnd(9), placeText(at), ...said].join('  ')
}

function placeView({ cluster, topic, partition, offset, timestampMs }: Coordinates): object {
  return { cluster, topic, partition, offset, kafkaTime: timeText(timestampMs) }
}

function placeText({ topic, partition, offset, timestampMs }: Coordinates): string {
  return `${printable(topic)}/${partition}/${offset}  ${timeText(timestampMs)}`
}

/** Producers set these times, and JavaScript has no name for some of them. */
function timeText(timestampMs: bigint): string {
  const ms = Number(timestampMs)
  return Math.abs(ms) <= 8.64e15 ? toIso(ms) : `${timestampMs} ms`
}
