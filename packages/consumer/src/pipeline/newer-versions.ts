import type { Clock } from '@ledgerbus/core'

/** Which events are of a newer version than this service knows, and since when. */
export interface NewerVersions {
  /** How long such an event still waits for a service that knows it, in milliseconds. */
  graceLeftMs(name: string, version: number): number
}

/** Names and versions remembered; a stranger could write any number. */
const maxRemembered = 1_000

/** @param graceMs from the first event of a version on, not for each: a backlog of them does not wait for hours */
export function createNewerVersions(graceMs: number, clock: Clock): NewerVersions {
  const firstSeenMs = new Map<string, number>()

  return {
    graceLeftMs(name, version) {
      const key = `${version} ${name}`
      const nowMs = clock.monotonicMs()
      const sinceMs = firstSeenMs.get(key) ?? nowMs
      if (firstSeenMs.size < maxRemembered) firstSeenMs.set(key, sinceMs)
      return Math.max(Math.round(sinceMs + graceMs - nowMs), 0)
    },
  }
}
