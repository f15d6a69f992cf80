import type { AddressedRecord, Clock, LedgerbusError, WaitOptions } from '@ledgerbus/core'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import { firstPosition } from '../source/replay-source.ts'
import type { Checkpoint } from '../store/checkpoint.ts'
import type { CheckpointWriter, WriteEnd, WriteOptions } from './checkpoint-writer.ts'

/** What a checkpoint says anew. */
export type CheckpointChange = Partial<
  Pick<Checkpoint, 'state' | 'published' | 'failed' | 'leftOut' | 'position' | 'note'>
>

/** One run's hold on a replay. */
export interface Runner {
  /** The last checkpoint that is certain. */
  readonly current: Checkpoint
  /**
   * Takes the replay over, from whoever ran it, and says so. Again after a doubt, it does so only where nobody else said anything meanwhile but that it may go on.
   * @throws Displaced, Unwritable
   */
  takeOver(wait?: WaitOptions): Promise<void>
  /**
   * Writes what changes, with the records that it tells of.
   * @throws Displaced when somebody else has the replay now; Unwritable when Kafka does not take it
   */
  write(
    records: readonly AddressedRecord[],
    change: CheckpointChange,
    options?: WriteOptions,
  ): Promise<Extract<WriteEnd, { kind: 'committed' | 'too-large' }>>
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

/** @param name of the run, one of a kind */
export function createRunner(
  plan: ReplayPlan,
  writer: CheckpointWriter,
  { name, by, clock }: { readonly name: string; readonly by: string; readonly clock: Clock },
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
    const { note: _, ...before } = current
    const next = { ...before, ...change, step: current.step + 1, runner: name, by, atMs: clock.nowMs() }
    const end = await writer.write(records, next, options)
    switch (end.kind) {
      case 'committed':
        current = next
        writtenAtMs = clock.monotonicMs()
        return end
      case 'too-large':
        return end
      case 'displaced':
        throw new Displaced(end.by)
      case 'failed':
      case 'unknown':
        throw new Unwritable(end.kind, end.error)
    }
  }

  return {
    get current() {
      return current
    },
    async takeOver(wait) {
      const last = (await writer.open(wait)) ?? current
      if (hasLooked && isOfOthers(last)) throw new Displaced(last)
      hasLooked = true
      current = last
      // Over for good: only whoever asks next may say what that means.
      if (current.state === 'completed' || current.state === 'cancelled') throw new Displaced(current)
      await write([], { state: 'running' }, wait)
    },
    write,
    silentMs: () => clock.monotonicMs() - writtenAtMs,
  }
}

/** Somebody resumed the replay for whoever runs it. */
export function isLetGo({ state, runner }: Checkpoint): boolean {
  return state === 'running' && runner === undefined
}
