import { type AuditEntry, type AuditLog, type AuditSelection, type EventOf, validateEvent } from '@ledgerbus/core'
import { lateMinutes, rightAmount, wrongAmount } from './compensation.ts'
import { FlightLanded } from './flight-landed.ts'

/** A flight whose passengers were promised too little. */
export interface AffectedFlight {
  readonly eventId: string
  readonly flight: string
  readonly distanceMiles: number
  readonly missing: number
}

const number = new Intl.NumberFormat('en-US')
const landed: AuditSelection = { names: ['flight.landed'], statuses: ['ok'] }

/** The event of an entry, or `undefined` for what is no valid `flight.landed`. */
function toLanding(entry: AuditEntry): EventOf<typeof FlightLanded> | undefined {
  if (entry.reading.status !== 'ok' || entry.reading.envelope.version !== FlightLanded.version) return undefined
  try {
    return validateEvent(FlightLanded, entry.reading.envelope)
  } catch {
    return undefined // the malformed ones are in the log too: it stores everything
  }
}

/** A few questions that an operator or an auditor has. */
export async function askTheLog(auditLog: AuditLog, say: (line: string) => void): Promise<void> {
  const undecodable = await auditLog.summarize({ statuses: ['undecodable'] })
  say(`   what could not be decoded?       ${undecodable.entries} records, kept byte for byte`)

  const storm = { ...landed, fromMs: Date.UTC(2001, 1, 5), toMs: Date.UTC(2001, 1, 6) }
  const chicago = await auditLog.summarize({ ...storm, organizationId: 'ORD' })
  say(
    `   from ORD on 5 February 2001?     ${chicago.entries} of ${number.format((await auditLog.summarize(storm)).entries)} landings`,
  )

  const [grant] = (await auditLog.query({ names: ['compensation.granted'] }, { limit: 1, order: 'oldest' })).entries
  if (grant?.reading.status !== 'ok') throw new Error('the log holds no compensation.granted')
  const { correlationId, entity } = grant.reading.envelope
  const story = await auditLog.query({ correlationId }, { order: 'oldest' })
  const names = story.entries.map((entry) => (entry.reading.status === 'ok' ? entry.reading.envelope.name : '?'))
  say(`   what led to ${entity?.id ?? '?'}'s money?`.padEnd(36) + names.join(' -> '))
}

/** Reads all late flights in order and compares what was promised with what was due. */
export async function findAffectedFlights(auditLog: AuditLog): Promise<AffectedFlight[]> {
  const affected: AffectedFlight[] = []
  for await (const entry of auditLog.read(landed, { order: 'partition' })) {
    const event = toLanding(entry)
    if (event === undefined || event.payload.after.delayMinutes <= lateMinutes) continue
    const { distanceMiles } = event.payload.after
    const missing = rightAmount(distanceMiles) - wrongAmount(distanceMiles)
    if (missing !== 0) affected.push({ eventId: event.eventId, flight: event.entity.id, distanceMiles, missing })
  }
  return affected
}
