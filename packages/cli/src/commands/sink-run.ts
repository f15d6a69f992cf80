import { type AuditSink, createAuditSink, type SinkReport } from '@ledgerbus/audit-sink'
import { createEventRegistry } from '@ledgerbus/core'
import type { Edge } from '../edge/edge.ts'
import { Interruption } from '../edge/interruption.ts'
import { openSession, type Session } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon, withKafka } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { guessingTopics } from '../input/guessing-topics.ts'
import { list, port } from '../input/values.ts'
import { grouped } from '../output/table.ts'
import { unlessClosed } from '../output/write.ts'
import { migrateWhenReachable } from '../sink/migrate-when-reachable.ts'
import { type ProbeServer, startProbeServer } from '../sink/probe-server.ts'
import { sinkMetrics } from '../sink/sink-metrics.ts'
import { sinkProbes } from '../sink/sink-probes.ts'
import { createStuckWatch } from '../sink/stuck-watch.ts'

const observeEveryMs = 10_000

export const sinkRunCommand: BuildCommand = (command, edge) =>
  withCommon(withKafka(withClickHouse(command)))
    .optionsGroup('The service:')
    .option('--topics <list>', 'topics or patterns such as "*", with commas between (LEDGERBUS_SINK_TOPICS)', list)
    .option('--group <name>', 'the consumer group; sinks of one group share the work (LEDGERBUS_SINK_GROUP)')
    .option('--migrate', 'make the tables of the log, or bring them up to date, before it starts')
    .option('--probe-port <port>', 'answer /livez, /readyz, /startupz and /metrics there', port)
    .option('--probe-host <host>', 'where the probes listen', '0.0.0.0')
    .addHelpText(
      'after',
      `
It runs until SIGTERM or Ctrl-C, then stores what it has taken, commits and leaves. Without --topics it takes those of the project file,
or those of its definitions. It waits for Kafka and ClickHouse, at the start and later.
${helpAfter(['ledgerbus sink run --topics orders,users --migrate', 'ledgerbus sink run --topics "*" --probe-port 8080'])}`,
    )
    .action(async (flags) => {
      const session = await openSession(edge, flags, { logLevel: 'info' })
      const { logger, settings } = session
      const topics = flags.topics ?? topicsOf(session)
      const groupId = flags.group ?? settings.sink.groupId
      logger.info(
        { topics, groupId, brokers: settings.kafka().brokers, auditLog: settings.clickHouse().url },
        'audit sink starting',
      )
      const auditLog = await session.auditLog()
      const broker = await session.broker()
      const registry = settings.schemaRegistryUrl
      const sink = createAuditSink({
        broker,
        auditLog,
        topics,
        clock: edge.clock,
        logger,
        ...(groupId !== undefined && { groupId }),
        ...(registry !== undefined && { decodeValue: await edge.connections.decodeValue(registry) }),
      })
      const service = createService(sink, edge)
      let probes: ProbeServer | undefined
      try {
        if (flags.probePort !== undefined) {
          probes = await startProbeServer(service.probes, () => sinkMetrics(sink), {
            host: flags.probeHost,
            port: flags.probePort,
          })
          logger.info({ host: flags.probeHost, port: probes.port }, 'probes listen')
        }
        const migrate = async (signal: AbortSignal): Promise<void> => {
          if (flags.migrate === true) await migrateWhenReachable(auditLog, { clock: edge.clock, logger, signal })
        }
        const report = await guessingTopics(session, topics, () => service.run(session, migrate))
        await unlessClosed(session.printer.value({ ...report }, () => reportText(report)))
        requireDrained(report)
      } finally {
        await probes?.close()
        await auditLog.close()
      }
      // SIGTERM is how a service is told that it is done; Ctrl-C is somebody's hand.
      const reason: unknown = edge.interrupted.reason
      if (!(reason instanceof Interruption) || reason.signal !== 'SIGTERM') throw reason
    })

function topicsOf({ settings }: Session): readonly string[] {
  if (settings.sink.topics !== undefined) return settings.sink.topics
  const declared = createEventRegistry(settings.project.events ?? []).topics()
  if (declared.length > 0) return declared.map(({ name }) => name)
  throw new CommandError('no topics are given', {
    code: 'CLI_CONFIGURATION',
    remedy:
      'name them with --topics or LEDGERBUS_SINK_TOPICS, or declare events in ledgerbus.config.ts; --topics "*" takes all',
  })
}

function createService(sink: AuditSink, { clock, interrupted: signal }: Edge) {
  const watch = createStuckWatch(clock)
  let isStarted = false

  async function observe({ logger }: Session): Promise<never> {
    let told = -1
    for (;;) {
      await clock.sleep(observeEveryMs, { signal })
      watch.observe(sink.partitions())
      const { stored, undecodable } = sink.counts()
      if (stored !== told) logger.info({ stored, undecodable, lag: sink.lag().toString() }, 'audit sink goes on')
      told = stored
    }
  }

  return {
    probes: sinkProbes(sink, { watch, isStarted: () => isStarted, isClosing: () => signal.aborted }),
    /** Runs until the signal; only what cannot be waited for ends it otherwise. */
    async run(session: Session, prepare: (signal: AbortSignal) => Promise<void>): Promise<SinkReport> {
      try {
        await prepare(signal)
        await sink.start({ signal })
        isStarted = true
        await observe(session)
      } catch (error) {
        if (!signal.aborted) {
          await sink.close()
          throw error
        }
      }
      return await sink.close()
    },
  }
}

function reportText({ counts, isDrained, left }: SinkReport): string {
  const { stored, undecodable, tombstones } = counts
  const end = isDrained
    ? 'everything taken from Kafka is stored and committed'
    : `left for the next start: ${left.map(({ topic, partition }) => `${topic}/${partition}`).join(', ')}`
  return `stored ${grouped(stored)} (${grouped(undecodable)} undecodable, ${grouped(tombstones)} tombstones); ${end}`
}

function requireDrained({ isDrained, left }: SinkReport): void {
  if (isDrained) return
  throw new CommandError(`not all that was taken could be stored in time: ${left.length} partitions`, {
    code: 'CLI_NOT_DRAINED',
    remedy: 'nothing is lost: it was not committed and is read again by the next start',
  })
}
