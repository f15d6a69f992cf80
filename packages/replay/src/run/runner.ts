import type { AddressedRecord, Clock, LedgerbusError, WaitOptions } from '@ledgerbus/core'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import { ReplayError } from '../replay-error.ts'
import { firstPosition } from '../source/replay-source.ts'
import type { Checkpoint } from '../store/checkpoint.ts'
import type { CheckpointWriter, WriteEnd, WriteOptions } from './checkpoint-writer.ts'
import type { ReplayPace } from './replay-pace.ts'
import { tooLargeToTell } from './too-large-to-tell.ts'

/** What a checkpoint says anew. */
export type CheckpointChange = Partial<
  Pick<Checkpoint, 'state' | 'published' | 'failed' | 'leftOut' | 'position' | 'note' | 'waitingFor'>
>

/** One run's hold on a replay. */
export interface Runner {
  /** The last checkpoint that is certain. */
  readonly current: Checkpoint
  /**
   * Takes the replay over, from whoever ran it, and says so. Again after a doubt, it does so only where nobody else said anything meanwhile but that it may go on.
   * @throws Displaced, Unwritable; ReplayError `REPLAY_PLAN_ALTERED` where it was begun with another plan
   */
  takeOver(wait?: WaitOptions): Promise<void>
  /**
   * Writes what changes, with the records that it tells of. Nothing before the replay was taken over, and once displaced nothing before it is taken over again.
   * @throws Displaced when somebody else has the replay now; Unwritable when Kafka does not take it
   */
  write(
    records: readonly AddressedRecord[],
    change: CheckpointChange,
    options?: WriteOptions,
  ): Promise<Extract<WriteEnd, { kind: 'committed' | 'too-large' }>>
  /** Writes what changes where no records tell of it. @throws Displaced, Unwritable, as `write` */
  say(change: CheckpointChange, wait?: WaitOptions): Promise<void>
  /** How long ago the last checkpoint was written, in milliseconds. */
  silentMs(): number
}

/** Somebody else wrote the last checkpoint. Never leaves the run. */
export class Displaced extends Error {
  readonly by: Checkpoint

  constructor(by: Checkpoint) {
    super('displaced')
    this.by = by
  }
}

/** Kafka did not take a checkpoint. Never leaves the run. */
export class Unwritable extends Error {
  readonly outcome: 'failed' | 'unknown'
  override readonly cause: LedgerbusError

  constructor(outcome: 'failed' | 'unknown', cause: LedgerbusError) {
    super('unwritable')
    this.outcome = outcome
    this.cause = cause
  }
}

/** What a run says of itself. */
export interface RunnerOptions {
  /** One of a kind. */
  readonly name: string
  readonly by: string
  readonly pace: ReplayPace
  readonly confirmed: boolean
  readonly clock: Clock
}

export function createRunner(
  plan: ReplayPlan,
  writer: CheckpointWriter,
  { name, by, pace, confirmed, clock }: RunnerOptions,
): Runner {
  let current: Checkpoint = {
    replayId: plan.replayId,
    planHash: plan.hash,
    state: 'running',
    step: 0,
    published: 0,
    failed: 0,
    leftOut: 0,
    position: firstPosition(plan.order),
    by,
    startedAtMs: clock.nowMs(),
    atMs: clock.nowMs(),
  }
  let writtenAtMs = clock.monotonicMs()
  let isHeld = false
  let hasLooked = false

  /** Whoever paused or took over a replay that we hold has the last word, also where we did not hear it. */
  function isOfOthers(last: Checkpoint): boolean {
    return last.step !== current.step && last.runner !== name && !isLetGo(last)
  }

  async function write(
    records: readonly AddressedRecord[],
    change: CheckpointChange,
    options: WriteOptions = {},
  ): Promise<Extract<WriteEnd, { kind: 'committed' | 'too-large' }>> {
    // Its step would be that of whoever has the replay now, and take the place of what that one said.
    if (!isHeld) throw new Displaced(current)
    const { note: _, waitingFor: __, confirmed: ___, ...before } = current
    const own = { runner: name, by, pace, ...(confirmed && { confirmed: true as const }) }
    const next = { ...before, ...change, ...own, step: current.step + 1, atMs: clock.nowMs() }
    const end = await writer.write(records, next, options)
    switch (end.kind) {
      case 'committed':
        current = next
        writtenAtMs = clock.monotonicMs()
        return end
      case 'too-large':
        return end
      case 'displaced':
        isHeld = false
        throw new Displaced(end.by)
      case 'failed':
      case 'unknown':
        throw new Unwritable(end.kind, end.error)
    }
  }

  async function say(change: CheckpointChange, wait: WaitOptions = {}): Promise<void> {
    const end = await write([], change, wait)
    if (end.kind === 'committed') return
    throw new Unwritable('failed', tooLargeToTell('how the replay stands', end.error))
  }

  return {
    get current() {
      return current
    },
    async takeOver(wait) {
      isHeld = false
      const last = (await writer.open(wait)) ?? current
      if (hasLooked && isOfOthers(last)) throw new Displaced(last)
      hasLooked = true
      current = last
      // Over for good: only whoever asks next may say what that means.
      if (current.state === 'completed' || current.state === 'cancelled') throw new Displaced(current)
      requireSamePlan(plan, current)
      isHeld = true
      await say({ state: 'running' }, wait)
    },
    write,
    say,
    silentMs: () => clock.monotonicMs() - writtenAtMs,
  }
}

/** Somebody resumed the replay for whoever runs it. */
export function isLetGo({ state, runner }: Checkpoint): boolean {
  return state === 'running' && runner === undefined
}

/** Where a run of another plan ended means nothing in this one: what lies before it need not be published, nor what lies behind it be missing. */
function requireSamePlan({ replayId, hash }: ReplayPlan, { planHash }: Checkpoint): void {
  if (planHash === hash) return
  throw new ReplayError(
    `replay ${replayId} was begun with another plan (hash ${planHash.slice(0, 12)}, this one has ${hash.slice(0, 12)}): somebody put this plan in its place; cancel it, and plan again`,
    { code: 'REPLAY_PLAN_ALTERED' },
  )
}
