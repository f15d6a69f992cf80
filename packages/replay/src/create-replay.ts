import {
  consoleLogger,
  createEventRegistry,
  systemClock,
  systemRandom,
  uuidV7Ids,
  type WaitOptions,
} from '@ledgerbus/core'
import { changeState, type WantedChange } from './control/change-state.ts'
import { checkReplayOptions, type CreateReplayOptions } from './create-replay-options.ts'
import { findChanges } from './history/find-changes.ts'
import {
  checkHistoryOptions,
  checkListOptions,
  type ListReplaysOptions,
  type ReplayHistoryOptions,
} from './history/find-options.ts'
import { findReplays } from './history/find-replays.ts'
import { checkPlanOptions } from './plan/check-plan-options.ts'
import { planReplay } from './plan/plan-replay.ts'
import type { ReplayPlan } from './plan/replay-plan.ts'
import { checkReplayRequest, type ReplayMeans, type ReplayRequest } from './plan/replay-request.ts'
import type { Replay, ReplayControlOptions } from './replay.ts'
import { ReplayError } from './replay-error.ts'
import { createCheckpointWriter } from './run/checkpoint-writer.ts'
import type { RunReplayOptions } from './run/run-options.ts'
import { runReplay } from './run/run-replay.ts'
import { createKafkaSource } from './source/kafka-source.ts'
import { createLogSource } from './source/log-source.ts'
import type { ReplaySource } from './source/replay-source.ts'
import type { ReplayEntryError, ReplayStatus } from './status/replay-status.ts'
import { statusOf } from './status/status-of.ts'
import { keepPlan } from './store/keep-plan.ts'
import { openTools, withTools } from './with-tools.ts'

/**
 * Makes what plans and runs replays. Connects nothing: each call connects for as long as it lasts.
 *
 * @throws ConfigurationError with every option that is unknown or not what it should be, or when definitions contradict each other
 */
export function createReplay(options: CreateReplayOptions): Replay {
  checkReplayOptions(options)
  const { broker, auditLog, transforms = {}, allowedTargets, maxEntries, sinkGroups } = options
  const events = options.events === undefined ? undefined : createEventRegistry(options.events)
  const means: ReplayMeans = {
    transforms,
    ...(events && { events }),
    ...(allowedTargets && { allowedTargets }),
    ...(maxEntries !== undefined && { maxEntries }),
    ...(sinkGroups && { sinkGroups }),
  }
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
    plan: (request: ReplayRequest, asked = {}) =>
      tracked(asked.signal, async (signal) => {
        const { keep = 'yes', onProgress } = asked
        checkPlanOptions(asked)
        checkReplayRequest(request, means)
        const source = sourceOf(request.readFrom)
        const plan = await planReplay(
          request,
          { broker, source, clock, ids, ...means },
          { signal, ...(onProgress && { onProgress }) },
        )
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
