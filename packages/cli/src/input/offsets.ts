import { InvalidArgumentError } from '@commander-js/extra-typings'

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
