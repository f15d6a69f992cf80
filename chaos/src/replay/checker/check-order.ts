import { placeText } from '../../checker/history.ts'
import type { WitnessedRecord } from '../../witness/witnessed-record.ts'
import type { MarkedRecord } from './marked-record.ts'
import type { ReplayAnomalies } from './replay-anomalies.ts'
import type { CheckedReplay } from './replay-history.ts'

/**
 * Places in the replay rise in each partition. In order `key` the offsets of each source partition rise as well, and a key stays in one partition; in order `time`
 * the times of the originals rise with the places.
 */
export function checkOrder(
  replay: CheckedReplay,
  records: readonly MarkedRecord[],
  originals: ReadonlyMap<string, WitnessedRecord>,
  anomalies: ReplayAnomalies,
): void {
  const inPlace = records.toSorted(
    (left, right) =>
      (left.topic < right.topic ? -1 : left.topic > right.topic ? 1 : 0) ||
      left.partition - right.partition ||
      left.offset - right.offset,
  )
  checkSequences(replay, inPlace, anomalies)
  if (replay.order === 'time') {
    checkTimes(replay, records, anomalies)
    return
  }
  checkOffsets(replay, inPlace, anomalies)
  checkPartitions(replay, inPlace, originals, anomalies)
}

function checkSequences({ name }: CheckedReplay, inPlace: readonly MarkedRecord[], anomalies: ReplayAnomalies): void {
  for (const [index, record] of inPlace.entries()) {
    const before = inPlace[index - 1]
    if (before?.topic !== record.topic || before.partition !== record.partition) continue
    if (before.marks.sequence < record.marks.sequence) continue
    anomalies.add(
      'inverted',
      `${name}: ${placeText(record)} has place ${record.marks.sequence}, behind ${before.marks.sequence}`,
    )
  }
}

function checkOffsets({ name }: CheckedReplay, inPlace: readonly MarkedRecord[], anomalies: ReplayAnomalies): void {
  const last = new Map<string, number>()
  for (const record of inPlace) {
    const { of } = record.marks
    const way = `${of.topic}/${of.partition} to ${record.topic}/${record.partition}`
    const before = last.get(way)
    if (before !== undefined && before > of.offset) {
      anomalies.add(
        'inverted',
        `${name}: ${placeText(record)} is a copy of ${placeText(of)}, behind one of offset ${before}`,
      )
    }
    last.set(way, of.offset)
  }
}

/** Back to its own topic each goes to its own partition. Elsewhere all of a key go to the same. */
function checkPartitions(
  { name, target }: CheckedReplay,
  inPlace: readonly MarkedRecord[],
  originals: ReadonlyMap<string, WitnessedRecord>,
  anomalies: ReplayAnomalies,
): void {
  const partitionOfKey = new Map<string, number>()
  for (const record of inPlace) {
    const { of } = record.marks
    if (target === undefined) {
      if (record.partition !== of.partition) {
        anomalies.add('inverted', `${name}: ${placeText(record)} is a copy of ${placeText(of)}, in another partition`)
      }
      continue
    }
    const key = originals.get(placeText(of))?.key
    // Records without a key have no order but that of their partition, which is checked above.
    if (key === undefined || key === '') continue
    const known = partitionOfKey.get(`${of.topic} ${key}`)
    if (known !== undefined && known !== record.partition) {
      anomalies.add('inverted', `${name}: ${placeText(record)} is of key ${key}, which also went to partition ${known}`)
    }
    partitionOfKey.set(`${of.topic} ${key}`, record.partition)
  }
}

function checkTimes({ name }: CheckedReplay, records: readonly MarkedRecord[], anomalies: ReplayAnomalies): void {
  const inSequence = records.toSorted((left, right) => left.marks.sequence - right.marks.sequence)
  for (const [index, record] of inSequence.entries()) {
    const before = inSequence[index - 1]
    if (before === undefined) continue
    if (BigInt(before.marks.originalTimestampMs) <= BigInt(record.marks.originalTimestampMs)) continue
    anomalies.add('inverted', `${name}: place ${record.marks.sequence} is of an earlier time than the one before`)
  }
}
