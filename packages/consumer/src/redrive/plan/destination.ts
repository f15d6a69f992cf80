import { type ConsumerRecord, partitionOf, redriveLaneOf } from '@ledgerbus/core'
import type { DeadLetterOrigin } from '../letter/dead-letter.ts'
import { parkedTopicOf } from '../letter-topics.ts'
import type { RedriveDestination } from './redrive-plan.ts'
import { type CheckedRequest, maxRedrives } from './redrive-request.ts'

/** What decides where letters go. */
export type Routing = Pick<CheckedRequest, 'to' | 'force'> & { readonly deadLetterTopic: string }

/** Where a letter goes; `nowhere`: it is only to be discarded; `undefined`: it does not say where it came from. */
export function destinationOf(
  letter: { readonly origin: DeadLetterOrigin; readonly redriveCount: number },
  { to, force, deadLetterTopic }: Routing,
): Pick<RedriveDestination, 'topic' | 'kind'> | 'nowhere' | undefined {
  if (to === 'nowhere') return 'nowhere'
  const { topic, group } = letter.origin
  if (!force && letter.redriveCount >= maxRedrives) return { topic: parkedTopicOf(deadLetterTopic), kind: 'parked' }
  if (topic === undefined || topic === '') return undefined
  if (to === 'origin') return { topic, kind: 'origin' }
  return group === undefined || group === '' ? undefined : { topic: redriveLaneOf(topic, group), kind: 'group' }
}

/**
 * The partition it came from, so that it meets the records of its key and the member that owns them; where that is not known, the one its key
 * belongs to.
 */
export function partitionFor(
  kind: RedriveDestination['kind'],
  origin: DeadLetterOrigin,
  record: ConsumerRecord,
  partitions: number,
): number {
  const wanted = kind === 'parked' ? record.partition : origin.partition
  if (wanted !== undefined && wanted < partitions) return wanted
  return record.key === null ? record.partition % partitions : partitionOf(record.key, partitions)
}
