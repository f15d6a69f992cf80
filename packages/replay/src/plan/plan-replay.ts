import { type Broker, type Clock, deepFreeze, type Ids, type WaitOptions } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import type { ReplaySource } from '../source/replay-source.ts'
import { checkTargets } from './allowed-targets.ts'
import { checkEntries } from './check-entries.ts'
import { openSelectionOf } from './freeze-selection.ts'
import { lookAtBroker } from './look-at-broker.ts'
import { planHash } from './plan-hash.ts'
import type { PlanProgress } from './plan-progress.ts'
import { confirmationsOf, returnsToItsTopic, warningsOf } from './plan-words.ts'
import type { FrozenSelection, ReplayPlan } from './replay-plan.ts'
import { checkReplayRequest, type ReplayMeans, type ReplayRequest } from './replay-request.ts'
import { sampleOf } from './replay-sample.ts'

/** What planning needs. */
export interface PlanReplayNeeds extends ReplayMeans {
  readonly broker: Broker
  /** The one that the request asks to read from. */
  readonly source: ReplaySource
  readonly clock: Clock
  readonly ids: Ids
}

/** Options of planning. */
export interface PlanReplayOptions extends WaitOptions {
  /** Called now and then while entries are read one by one. What it throws ends the planning. */
  readonly onProgress?: (progress: PlanProgress) => void
}

/**
 * Makes the plan: freezes the selection at the offsets where its source stands now, then counts exactly that, and looks at the topics it would be published to and at
 * who reads them. With definitions at hand it reads every entry once, unless the request leaves that out.
 *
 * @throws ReplayError `REPLAY_BOUNDS_REQUIRED`, `REPLAY_BOUNDS_REVERSED`, `REPLAY_REQUEST_INVALID`, `REPLAY_TARGET_NOT_ALLOWED`, `REPLAY_TARGET_UNKNOWN`; what the broker and the source throw
 */
export async function planReplay(
  request: ReplayRequest,
  needs: PlanReplayNeeds,
  options: PlanReplayOptions = {},
): Promise<ReplayPlan> {
  const { onProgress, ...wait } = options
  const { source, allowedTargets, clock } = needs
  checkReplayRequest(request, needs)
  checkSource(request, source)
  const { target, content = 'stored', order = 'key', transform, maxEntries = needs.maxEntries } = request
  const { ratePerSecond, speed } = request
  if (target !== undefined) checkTargets([target], allowedTargets)

  const open = openSelectionOf(request)
  const explanation = request.filter === undefined ? undefined : source.explain(open)
  const { summary, first, last, losses } = await source.survey(open, {
    ...wait,
    onRead: (done, total) => onProgress?.({ step: 'counting', done, total }),
  })
  const selection: FrozenSelection = { ...open, below: open.below ?? summary.bounds }
  const topics = target === undefined ? summary.byTopic.map(({ topic }) => topic) : [target]
  checkTargets(topics, allowedTargets)
  const groups = [...request.groups]
  const { cluster, partitions, ...onBroker } = await lookAtBroker(needs, topics, groups, wait)
  const checked = await checkOf(request, needs, { selection, order, content, total: summary.entries }, options)

  const asked = {
    content,
    ...(target !== undefined && { target }),
    ...(maxEntries !== undefined && { maxEntries }),
  }
  const facts = {
    ...asked,
    ...onBroker,
    ...checked,
    summary,
    cluster,
    partitions,
    bounds: summary.bounds,
    sinkGroups: needs.sinkGroups,
  }
  const plan = {
    replayId: needs.ids.next(),
    plannedAtMs: clock.nowMs(),
    reason: request.reason,
    by: request.by ?? '',
    readFrom: source.name,
    selection,
    mode: request.mode ?? (returnsToItsTopic(summary, target) ? 'rehandle' : 'copy'),
    order,
    ...asked,
    ...(transform !== undefined && { transform }),
    groups,
    summary,
    ...(explanation && { explanation }),
    ...checked,
    ...(ratePerSecond !== undefined && { ratePerSecond }),
    ...(speed !== undefined && { speed }),
    ...(first && { first: sampleOf(first) }),
    ...(last && { last: sampleOf(last) }),
    ...onBroker,
    confirmations: confirmationsOf(facts),
    warnings: [...losses, ...warningsOf(facts)],
  } as const
  return deepFreeze({ ...plan, hash: planHash(plan) })
}

/** What the definitions at hand make of the entries, or why nobody asked them. */
async function checkOf(
  { check }: ReplayRequest,
  { source, events }: PlanReplayNeeds,
  { total, ...asked }: Pick<ReplayPlan, 'selection' | 'order' | 'content'> & { readonly total: number },
  { onProgress, ...wait }: PlanReplayOptions,
): Promise<Pick<ReplayPlan, 'check' | 'unchecked'>> {
  if (check === 'none') return { unchecked: 'not-wanted' }
  if (events === undefined) return { unchecked: 'no-definitions' }
  const onChecked = (done: number): void => onProgress?.({ step: 'checking', done, total })
  return { check: await checkEntries({ source, events }, asked, { ...wait, onChecked }) }
}

function checkSource({ readFrom }: ReplayRequest, source: ReplaySource): void {
  if (readFrom === undefined || readFrom === source.name) return
  throw new ReplayError(`readFrom: ${readFrom} was asked for and the replay reads from ${source.name}`, {
    code: 'REPLAY_REQUEST_INVALID',
  })
}
