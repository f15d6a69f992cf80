import { type ConsumerRecord, decodeEnvelope, headerNames, headerText, isLedgerbusError } from '@ledgerbus/core'

/** What a record says of its event; of a value that is none of our envelopes, what its CloudEvents headers say. */
export interface EventFacts {
  readonly name?: string
  readonly eventId?: string
  readonly entityType?: string
  readonly entityId?: string
  readonly organizationId?: string
}

/** The event in a record, as far as it can be told: from the value, which is the truth, else from the headers. Never throws. */
export function eventFactsOf(record: ConsumerRecord): EventFacts {
  if (record.value !== null) {
    try {
      const { name, eventId, entity, organizationId } = decodeEnvelope(record.value)
      return {
        name,
        eventId,
        ...(entity !== undefined && { entityType: entity.type, entityId: entity.id }),
        ...(organizationId !== undefined && { organizationId }),
      }
    } catch (error) {
      if (!isLedgerbusError(error)) throw error
    }
  }
  return factsOfHeaders(record)
}

function factsOfHeaders({ headers }: ConsumerRecord): EventFacts {
  const name = headerText(headers, headerNames.type)
  const eventId = headerText(headers, headerNames.id)
  const subject = headerText(headers, headerNames.subject)
  const slash = subject?.indexOf('/') ?? -1
  return {
    ...(name !== undefined && { name }),
    ...(eventId !== undefined && { eventId }),
    ...(subject !== undefined &&
      slash > 0 && { entityType: subject.slice(0, slash), entityId: subject.slice(slash + 1) }),
  }
}
