import type { Clock, WaitOptions } from '@ledgerbus/core'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import type { ReplayControlOptions } from '../replay.ts'
import { ReplayError } from '../replay-error.ts'
import type { CheckpointWriter } from '../run/checkpoint-writer.ts'
import { firstPosition } from '../source/replay-source.ts'
import type { Checkpoint } from '../store/checkpoint.ts'
import type { ReplayStore } from '../store/replay-store.ts'
import { unknownFields } from '../unknown-fields.ts'

/** What somebody outside of a run may ask for. */
export type WantedChange = 'pause' | 'resume' | 'cancel'

const reached = { pause: 'paused', resume: 'running', cancel: 'cancelled' } as const

export interface ChangeStateNeeds {
  readonly store: ReplayStore
  readonly writer: CheckpointWriter
  readonly clock: Clock
}

/**
 * Says in Kafka what a replay shall be. It is said under the replay's own transactional id, so that whoever runs it can publish nothing more from then on: what it had
 * in flight is either visible before, or never.
 *
 * @throws ReplayError `REPLAY_ENDED`, `REPLAY_NOT_RUNNING`, `REPLAY_NOT_PAUSED`, `REPLAY_PUBLISH_FAILED`
 */
export async function changeState(
  plan: ReplayPlan,
  change: WantedChange,
  { store, writer, clock }: ChangeStateNeeds,
  options: ReplayControlOptions,
): Promise<Checkpoint | undefined> {
  const { signal, by, note } = options
  const wait: WaitOptions = signal === undefined ? {} : { signal }
  checkWords(options)
  // Looked at first: whoever is refused must not have shut out a runner.
  const before = await store.seenCheckpoint(plan.replayId, wait)
  refuse(plan, change, before)
  if (change === 'pause' && before?.state === 'paused') return before
  for (;;) {
    const last = await writer.open(wait)
    refuse(plan, change, last)
    const atMs = clock.nowMs()
    const { runner: _, note: __, waitingFor: ___, ...rest } = last ?? unbegun(plan, atMs)
    const next: Checkpoint = {
      ...rest,
      state: reached[change],
      step: rest.step + 1,
      by,
      ...(note !== undefined && { note }),
      atMs,
    }
    const end = await writer.write([], next, wait)
    switch (end.kind) {
      case 'committed':
        return next
      case 'displaced':
        // A runner, or somebody else, was faster: what was asked may no longer be possible.
        continue
      case 'too-large':
      case 'failed':
      case 'unknown':
        throw new ReplayError(`replay ${plan.replayId}: ${end.error.message}`, {
          code: end.kind === 'unknown' ? 'REPLAY_PUBLISH_UNKNOWN' : 'REPLAY_PUBLISH_FAILED',
          outcome: end.kind === 'unknown' ? 'unknown' : 'failed',
          retriable: end.error.retriable,
          cause: end.error,
        })
    }
  }
}

function unbegun(plan: ReplayPlan, atMs: number): Checkpoint {
  return {
    replayId: plan.replayId,
    planHash: plan.hash,
    state: 'running',
    step: 0,
    published: 0,
    failed: 0,
    leftOut: 0,
    position: firstPosition(plan.order),
    by: plan.by,
    atMs,
  }
}

function refuse({ replayId }: ReplayPlan, change: WantedChange, last: Checkpoint | undefined): void {
  const state = last?.state ?? 'planned'
  if (state === 'completed' || state === 'cancelled') {
    throw new ReplayError(`replay ${replayId} is ${state}; there is nothing left to ${change}`, {
      code: 'REPLAY_ENDED',
    })
  }
  if (change === 'pause' && state !== 'running' && state !== 'paused') {
    throw new ReplayError(`replay ${replayId} is ${state}, not running; there is nothing to pause`, {
      code: 'REPLAY_NOT_RUNNING',
    })
  }
  if (change === 'resume' && state !== 'paused') {
    throw new ReplayError(`replay ${replayId} is ${state}, not paused; run it to go on`, { code: 'REPLAY_NOT_PAUSED' })
  }
}

const fields: Readonly<Record<keyof ReplayControlOptions, true>> = { by: true, note: true, signal: true }

function checkWords(options: ReplayControlOptions): void {
  const { by, note } = options
  const problems = [
    ...unknownFields(options, fields),
    ...(typeof by === 'string' && by !== '' && by.length <= 200 ? [] : ['by: who asks for it, 1 to 200 characters']),
    ...(note === undefined || (typeof note === 'string' && note.length <= 500) ? [] : ['note: at most 500 characters']),
  ]
  if (problems.length > 0) throw new ReplayError(problems.join('; '), { code: 'REPLAY_REQUEST_INVALID' })
}
