import type { BrokerReader, ConsumerRecord, TopicPartition, WaitOptions } from '@ledgerbus/core'

/** Offsets so near each other are read in one go, with what lies between them. */
const nearBy = 1_000n

/** The records at the given offsets, by offset; one that is gone (retention, an aborted transaction) is missing. */
export async function readRecordsAt(
  reader: BrokerReader,
  partition: TopicPartition,
  offsets: readonly bigint[],
  options: WaitOptions = {},
): Promise<ReadonlyMap<bigint, ConsumerRecord>> {
  const wanted = new Set(offsets)
  const found = new Map<bigint, ConsumerRecord>()
  for (const span of spansOf(offsets)) {
    for await (const { records } of reader.read(partition, span, options)) {
      for (const record of records) if (wanted.has(record.offset)) found.set(record.offset, record)
    }
  }
  return found
}

function spansOf(offsets: readonly bigint[]): { readonly from: bigint; readonly to: bigint }[] {
  const spans: { from: bigint; to: bigint }[] = []
  for (const offset of offsets.toSorted((a, b) => (a < b ? -1 : 1))) {
    const last = spans.at(-1)
    if (last !== undefined && offset - last.to < nearBy) last.to = offset + 1n
    else spans.push({ from: offset, to: offset + 1n })
  }
  return spans
}
