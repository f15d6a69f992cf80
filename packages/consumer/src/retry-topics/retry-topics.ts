import { laneSourceOf, parkingTopicOf, redriveLaneOf, type RetryPlace } from '@ledgerbus/core'
import type { LaneOrdering, Ordering } from '../lanes/lane-key.ts'

/** What one of a group's own topics is to the records that come by it. */
export interface RetryTopic {
  readonly place: Exclude<RetryPlace, 'source'>
  /** Where its records stood first. */
  readonly source: string
}

/** The group's retry topics by name; a topic that is none has no entry. */
export type RetryTopics = ReadonlyMap<string, RetryTopic>

export function retryTopicsOf(topics: readonly string[], groupId: string): RetryTopics {
  return new Map(
    topics.flatMap((name) => {
      const source = laneSourceOf(name, groupId)
      return source === undefined ? [] : [[name, { place: placeOf(name, source, groupId), source }] as const]
    }),
  )
}

function placeOf(name: string, source: string, groupId: string): RetryTopic['place'] {
  if (name === parkingTopicOf(source, groupId)) return 'parked'
  return name === redriveLaneOf(source, groupId) ? 'redriven' : 'delayed'
}

/** What of a topic runs one after the other. */
export function laneOrderingOf(topic: RetryTopic | undefined, ordering: Ordering): LaneOrdering {
  switch (topic?.place) {
    case 'delayed':
      // Its order was given up when it was moved here: each record waits for its own time.
      return 'none'
    case 'parked':
      return 'handler-and-key'
    default:
      return ordering
  }
}

/** Whether keys can be parked, or still are under a former policy. */
export function hasParking(topics: RetryTopics): boolean {
  return [...topics.values()].some(({ place }) => place === 'parked')
}
