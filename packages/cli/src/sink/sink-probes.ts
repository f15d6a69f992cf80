import type { AuditSink } from '@ledgerbus/audit-sink'
import type { Probe, Probes } from './probe-server.ts'
import type { StuckWatch } from './stuck-watch.ts'

/** How a sink answers an orchestrator. */
export function sinkProbes(
  sink: Pick<AuditSink, 'partitions' | 'lag'>,
  state: { readonly watch: StuckWatch; isStarted(): boolean; isClosing(): boolean },
): Probes {
  function live(): Probe {
    const stuck = state.watch.stuck()
    return stuck.length === 0
      ? { isWell: true, said: 'every partition moves, has nothing to do, or is held on purpose' }
      : { isWell: false, said: `behind and not moving: ${stuck.join(', ')}` }
  }

  function ready(): Probe {
    if (state.isClosing()) return { isWell: false, said: 'closing' }
    if (!state.isStarted()) return { isWell: false, said: 'starting: waiting for Kafka or the audit log' }
    const troubled = sink.partitions().filter((partition) => partition.state !== 'reading')
    if (troubled.length === 0)
      return { isWell: true, said: `${sink.partitions().length} partitions, lag ${sink.lag()}` }
    return {
      isWell: false,
      said: troubled
        .map(({ topic, partition, state: is, trouble }) => `${topic}/${partition} ${is}: ${trouble?.code ?? 'waiting'}`)
        .join('\n'),
    }
  }

  return {
    '/livez': live,
    '/readyz': ready,
    '/startupz': () => ({ isWell: state.isStarted(), said: state.isStarted() ? 'started' : 'starting' }),
  }
}
