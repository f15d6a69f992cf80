import {
  type AuditLogReader,
  type Broker,
  type Clock,
  ConfigurationError,
  consoleLogger,
  createEventRegistry,
  type EventDefinition,
  type Ids,
  type Logger,
  type Random,
  systemClock,
  systemRandom,
  uuidV7Ids,
  type WaitOptions,
} from '@ledgerbus/core'
import { changeState, type WantedChange } from './control/change-state.ts'
import { findChanges } from './history/find-changes.ts'
import {
  checkHistoryOptions,
  checkListOptions,
  type ListReplaysOptions,
  type ReplayHistoryOptions,
} from './history/find-options.ts'
import { findReplays } from './history/find-replays.ts'
import { planReplay } from './plan/plan-replay.ts'
import type { ReplayPlan } from './plan/replay-plan.ts'
import { checkReplayRequest, type ReplayRequest } from './plan/replay-request.ts'
import type { Replay, ReplayControlOptions } from './replay.ts'
import { ReplayError } from './replay-error.ts'
import { createCheckpointWriter } from './run/checkpoint-writer.ts'
import type { ReplayTransform } from './run/replay-transform.ts'
import type { RunReplayOptions } from './run/run-options.ts'
import { runReplay } from './run/run-replay.ts'
import { createKafkaSource } from './source/kafka-source.ts'
import { createLogSource } from './source/log-source.ts'
import type { ReplaySource } from './source/replay-source.ts'
import type { ReplayEntryError, ReplayStatus } from './status/replay-status.ts'
import { statusOf } from './status/status-of.ts'
import { keepPlan } from './store/keep-plan.ts'
import { openTools, withTools } from './with-tools.ts'

/** What replays stand on. */
export interface CreateReplayOptions {
  readonly broker: Broker
  /** Started and closed by the caller. @default none: replays are read straight from Kafka */
  readonly auditLog?: AuditLogReader
  /** Definitions against which entries are checked when a plan is made, and by which `content: 'latest'` makes records. @default none */
  readonly events?: readonly EventDefinition[]
  /** What may make the records of a replay, by the name that a request gives. The same for whoever plans and whoever runs. @default none */
  readonly transforms?: Readonly<Record<string, ReplayTransform>>
  /** Topics that replays may publish to, as names or patterns. @default any */
  readonly allowedTargets?: readonly string[]
  /** @default the system's */
  readonly clock?: Clock
  /** Makes replay ids. @default UUID version 7 */
  readonly ids?: Ids
  /** Spreads waits. @default the system's */
  readonly random?: Random
  /** @default warnings and errors on stderr */
  readonly logger?: Logger
}

/** For callers without types: what is mixed up is told here, not in the middle of a plan. */
function checkParts({ broker, auditLog }: { readonly broker?: unknown; readonly auditLog?: unknown }): void {
  const problems: string[] = []
  if (!hasMethod(broker, 'createProducer')) problems.push('broker: what createKafkaBroker or another adapter returns')
  if (auditLog !== undefined && !hasMethod(auditLog, 'summarize')) {
    problems.push('auditLog: what createAuditLog or another reader of it returns')
  }
  if (problems.length > 0) throw new ConfigurationError('createReplay', problems)
}

function hasMethod(part: unknown, name: string): boolean {
  return typeof part === 'object' && part !== null && typeof Reflect.get(part, name) === 'function'
}

/**
 * Makes what plans and runs replays. Connects nothing: each call connects for as long as it lasts.
 *
 * @throws ConfigurationError when `broker` or `auditLog` is none, or definitions contradict each other
 */
export function createReplay(options: CreateReplayOptions): Replay {
  checkParts(options)
  const { broker, auditLog, transforms = {}, allowedTargets } = options
  const events = options.events === undefined ? undefined : createEventRegistry(options.events)
  const means = { transforms, ...(events && { events }), ...(allowedTargets && { allowedTargets }) }
  const clock = options.clock ?? systemClock
  const ids = options.ids ?? uuidV7Ids
  const random = options.random ?? systemRandom
  const logger = options.logger ?? consoleLogger
  const connecting = { broker, logger }
  const closing = new AbortController()
  const underWay = new Set<Promise<unknown>>()

  function joined(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal])
  }

  /** Ends with `close` too, and is waited for by it. */
  function tracked<Result>(
    signal: AbortSignal | undefined,
    action: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (closing.signal.aborted) return Promise.reject(closing.signal.reason)
    const work = action(joined(signal))
    const settled = work.then(
      () => undefined,
      () => undefined, // the caller gets the error
    )
    underWay.add(settled)
    void settled.then(() => underWay.delete(settled))
    return work
  }

  function sourceOf(readFrom: 'log' | 'kafka' | undefined): ReplaySource {
    if ((readFrom ?? (auditLog === undefined ? 'kafka' : 'log')) === 'kafka')
      return createKafkaSource({ broker, logger })
    if (auditLog === undefined) {
      throw new ReplayError(
        "readFrom 'log': this replay was made without an audit log; give it one, or read from Kafka",
        {
          code: 'REPLAY_REQUEST_INVALID',
        },
      )
    }
    return createLogSource(auditLog, { clock })
  }

  function change(replayId: string, wanted: WantedChange, control: ReplayControlOptions): Promise<ReplayStatus> {
    return tracked(control.signal, (signal) =>
      withTools(connecting, { signal }, async ({ store }) => {
        const plan = await store.plan(replayId, { signal })
        const writer = createCheckpointWriter(plan, { broker, store, clock, random, logger })
        try {
          return statusOf(plan, await changeState(plan, wanted, { store, writer, clock }, { ...control, signal }))
        } finally {
          await writer.close()
        }
      }),
    )
  }

  async function* watch(replayId: string, signal: AbortSignal): AsyncGenerator<ReplayStatus, void, undefined> {
    const tools = await openTools(connecting, { signal })
    try {
      const plan = await tools.store.plan(replayId, { signal })
      if ((await tools.store.seenCheckpoint(replayId, { signal })) === undefined) yield statusOf(plan, undefined)
      for await (const checkpoint of tools.store.checkpointsFromNow(replayId, { signal })) {
        const status = statusOf(plan, checkpoint)
        yield status
        if (status.endedAtMs !== undefined) return
      }
    } finally {
      await tools.close()
    }
  }

  async function* errors(replayId: string, signal: AbortSignal): AsyncGenerator<ReplayEntryError, void, undefined> {
    const tools = await openTools(connecting, { signal })
    try {
      await tools.store.plan(replayId, { signal })
      yield* tools.store.errors(replayId, { signal })
    } finally {
      await tools.close()
    }
  }

  return Object.freeze<Replay>({
    plan: (request: ReplayRequest, { signal: given, keep = 'yes' } = {}) =>
      tracked(given, async (signal) => {
        checkReplayRequest(request, means)
        const source = sourceOf(request.readFrom)
        const plan = await planReplay(request, { broker, source, clock, ids, ...means }, { signal })
        if (keep === 'yes')
          await withTools(connecting, { signal }, ({ admin }) => keepPlan(plan, broker, admin, { signal }))
        return plan
      }),
    run: (planOrId: ReplayPlan | string, run: RunReplayOptions = {}) =>
      tracked(run.signal, (signal) =>
        withTools(connecting, { signal }, async (tools) => {
          // Also a plan at hand is looked up: a run of one that was not kept could be neither seen nor stopped.
          const replayId = typeof planOrId === 'string' ? planOrId : planOrId.replayId
          const kept = await tools.store.plan(replayId, { signal })
          const plan = typeof planOrId === 'string' ? kept : planOrId
          if (plan.hash !== kept.hash) {
            throw new ReplayError('the plan is not the one that was kept under its id; run that one, or plan again', {
              code: 'REPLAY_PLAN_ALTERED',
            })
          }
          const source = sourceOf(plan.readFrom)
          const needs = { broker, ...tools, source, means, clock, ids, random, logger }
          return await runReplay(plan, needs, { ...run, signal })
        }),
      ),
    status: (replayId: string, wait: WaitOptions = {}) =>
      tracked(wait.signal, (signal) =>
        withTools(connecting, { signal }, async ({ store }) => {
          const plan = await store.plan(replayId, { signal })
          return statusOf(plan, await store.seenCheckpoint(replayId, { signal }))
        }),
      ),
    list: (wanted: ListReplaysOptions = {}) =>
      tracked(wanted.signal, async (signal) => {
        checkListOptions(wanted)
        return await withTools(connecting, { signal }, ({ store }) => findReplays(store, wanted, { signal }))
      }),
    history: (wanted: ReplayHistoryOptions = {}) =>
      tracked(wanted.signal, async (signal) => {
        checkHistoryOptions(wanted)
        return await withTools(connecting, { signal }, ({ store }) => findChanges(store, wanted, { signal }))
      }),
    watch: (replayId: string, wait: WaitOptions = {}) => watch(replayId, joined(wait.signal)),
    errors: (replayId: string, wait: WaitOptions = {}) => errors(replayId, joined(wait.signal)),
    pause: (replayId: string, control: ReplayControlOptions) => change(replayId, 'pause', control),
    resume: (replayId: string, control: ReplayControlOptions) => change(replayId, 'resume', control),
    cancel: (replayId: string, control: ReplayControlOptions) => change(replayId, 'cancel', control),
    async close() {
      closing.abort(new ReplayError('the replay was closed', { code: 'REPLAY_CLOSED' }))
      await Promise.all(underWay)
    },
  })
}
