import type { AuditSink, SinkPartition } from '@ledgerbus/audit-sink'

type Labels = Readonly<Record<string, string | number>>
type Sample = readonly [labels: Labels, value: number | bigint]

const states: readonly SinkPartition['state'][] = ['reading', 'held', 'paused']

/** What a sink did and how it stands, in the text format of Prometheus. */
export function sinkMetrics(sink: Pick<AuditSink, 'counts' | 'partitions'>): string {
  const counts = sink.counts()
  const partitions = sink.partitions()

  function counter(name: string, help: string, value: number): string {
    return family(`ledgerbus_sink_${name}`, 'counter', help, [[{}, value]])
  }

  function perPartition(name: string, help: string, valueOf: (partition: SinkPartition) => number | bigint): string {
    const samples = partitions.map((one): Sample => [placeOf(one), valueOf(one)])
    return family(`ledgerbus_sink_partition_${name}`, 'gauge', help, samples)
  }

  return [
    counter('records_stored_total', 'Records known to stand in the log.', counts.stored),
    counter('records_undecodable_total', 'Of those: values that could not be read.', counts.undecodable),
    counter('records_tombstone_total', 'Of those: records without a value.', counts.tombstones),
    counter('records_found_standing_total', 'Records that stood before and were not stored.', counts.foundStanding),
    counter('inserts_total', 'Inserts that were acknowledged.', counts.inserts),
    counter('inserts_repeated_total', 'Inserts that failed or stayed unanswered.', counts.repeatedInserts),
    counter('ranges_recovered_total', 'Ranges of an owner before, stored as recorded.', counts.recovered),
    perPartition('lag', 'Offsets between the commit and the end.', ({ lag }) => lag),
    perPartition('committed_offset', 'The next offset to store, as committed.', ({ committed }) => committed),
    perPartition('pending_records', 'Records taken and not yet known to stand.', (one) => one.pendingRecords),
    perPartition('pending_bytes', 'Bytes of those.', ({ pendingBytes }) => pendingBytes),
    family(
      'ledgerbus_sink_partition_state',
      'gauge',
      'What a partition does: 1 for its state. held and paused are for people.',
      partitions.flatMap((one) =>
        states.map((state): Sample => [{ ...placeOf(one), state }, one.state === state ? 1 : 0]),
      ),
    ),
  ].join('')
}

function placeOf({ topic, partition }: SinkPartition): Labels {
  return { topic, partition }
}

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
