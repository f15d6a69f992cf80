import type { Anomalies } from './anomalies.ts'
import { type History, placeText, type Publish } from './history.ts'
import type { StoredRecord } from './stored-record.ts'

/**
 * The topic against what was published. `ok` stands where the receipt says; `failed` stands nowhere; `unknown` may stand once. Confirmed events of a key stand in the
 * order in which they were published; an unknown one may come in late, and is left out of that.
 */
export function checkStored({ publishes, stored }: History, anomalies: Anomalies): void {
  const confirmed = new Set<string>()
  for (const publish of publishes.values()) {
    if (publish.outcome !== 'ok') continue
    const found = publish.at && stored.get(placeText(publish.at))
    if (found?.event === publish.event) confirmed.add(placeText(found))
    else
      anomalies.add(
        'lost',
        `${nameOf(publish)} is confirmed at ${publish.at && placeText(publish.at)}, where ${found?.event ?? 'nothing'} stands`,
      )
  }

  const seen = new Map<string, StoredRecord>()
  const lastOfKey = new Map<string, Publish>()
  for (const record of inOrder(stored)) {
    const publish = publishes.get(record.event)
    const place = placeText(record)
    if (publish === undefined) {
      anomalies.add('invented', `${place}: nobody published ${record.event}`)
      continue
    }
    if (publish.outcome === 'failed') anomalies.add('invented', `${place}: ${nameOf(publish)} failed, and stands there`)
    if (publish.key !== record.key || (publish.hash !== undefined && publish.hash !== record.hash)) {
      anomalies.add('invented', `${place}: ${nameOf(publish)} was published with another key or value`)
    }
    const twin = seen.get(record.event)
    if (twin === undefined) seen.set(record.event, record)
    else
      anomalies.add('doubled', `${place}: ${nameOf(publish)} was published once and stands at ${placeText(twin)} too`)

    if (!confirmed.has(place)) continue
    const before = lastOfKey.get(publish.key)
    if (before !== undefined && before.sequence > publish.sequence) {
      anomalies.add('inverted', `${place}: ${nameOf(publish)} is stored behind ${nameOf(before)}`)
    } else {
      lastOfKey.set(publish.key, publish)
    }
  }
}

function nameOf({ event, key, sequence }: Publish): string {
  return `event ${event} (${key} #${sequence})`
}

function inOrder(stored: ReadonlyMap<string, StoredRecord>): StoredRecord[] {
  return [...stored.values()].sort(
    (left, right) =>
      left.topic.localeCompare(right.topic) || left.partition - right.partition || left.offset - right.offset,
  )
}
