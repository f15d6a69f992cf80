import { InvalidArgumentError } from '@commander-js/extra-typings'
import type { PartitionRange } from '@ledgerbus/core'

// How the text of a flag becomes a place in a partition.

/** An offset. */
export function offset(text: string): bigint {
  if (!/^\d{1,18}$/u.test(text)) throw new InvalidArgumentError('Use an offset, 0 or more.')
  return BigInt(text)
}

/** Collects numbers of partitions. */
export function collectPartition(text: string, before: number[] | undefined): number[] {
  if (!/^\d{1,9}$/u.test(text)) throw new InvalidArgumentError('Use the number of a partition, 0 or more.')
  return [...(before ?? []), Number(text)]
}

const place = /^([\w.-]{1,249})\/(\d{1,9})(?::(\d{0,18})-(\d{0,18}))?$/u

/** Collects partitions, or stretches of them: `orders/1`, `orders/1:100-200` without offset 200, `orders/1:100-`, `orders/1:-200`. */
export function collectRange(text: string, before: PartitionRange[] | undefined): PartitionRange[] {
  const parts = place.exec(text)
  if (parts === null)
    throw new InvalidArgumentError('Use topic/partition or topic/partition:from-to, e.g. orders/1:100-200.')
  const [, topic = '', partition, from = '', to = ''] = parts
  if (text.endsWith(':-')) throw new InvalidArgumentError('Give at least one of the offsets, or leave out the colon.')
  if (from !== '' && to !== '' && BigInt(from) >= BigInt(to)) {
    throw new InvalidArgumentError('The first offset has to lie before the second, which is not among them.')
  }
  const range = {
    topic,
    partition: Number(partition),
    ...(from !== '' && { from: BigInt(from) }),
    ...(to !== '' && { below: BigInt(to) }),
  }
  return [...(before ?? []), range]
}
