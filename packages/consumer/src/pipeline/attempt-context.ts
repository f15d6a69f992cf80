import type { ConsumerRecord, ReplayMarks } from '@ledgerbus/core'
import type { HandlerContext, Skip } from '../handler.ts'
import { createSkip } from './skip.ts'

/** What a handler is told, once a call. A class for the getter's sake: in an object literal it would be made anew for each call, which costs more than the call. */
export class AttemptContext implements HandlerContext {
  readonly record: ConsumerRecord
  readonly attempt: number
  readonly groupId: string
  declare readonly replay?: ReplayMarks
  readonly #over: AbortSignal
  #abortedFor: { readonly reason: unknown } | undefined
  #controller: AbortController | undefined
  #onOver: (() => void) | undefined

  /** @param over aborted when whatever the handler does no longer counts */
  constructor(
    attempt: Pick<HandlerContext, 'record' | 'attempt' | 'groupId'> & { readonly replay: ReplayMarks | undefined },
    over: AbortSignal,
  ) {
    this.record = attempt.record
    this.attempt = attempt.attempt
    this.groupId = attempt.groupId
    if (attempt.replay !== undefined) Object.assign(this, { replay: attempt.replay })
    this.#over = over
  }

  /**
   * A signal of this attempt's own, made when the handler first asks for it: what handlers hang on it goes with the attempt, while the partition's
   * own signal lives for days.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController()
      const onOver = (): void => controller.abort(this.#over.reason)
      this.#controller = controller
      this.#onOver = onOver
      if (this.#abortedFor !== undefined) controller.abort(this.#abortedFor.reason)
      else if (this.#over.aborted) onOver()
      else this.#over.addEventListener('abort', onOver, { once: true })
    }
    return this.#controller.signal
  }

  skip(rule: string): Skip {
    return createSkip(rule)
  }

  /** Whatever the handler does from now on, the attempt has failed. */
  abort(reason: unknown): void {
    this.#abortedFor = { reason }
    this.#controller?.abort(reason)
  }

  /** The attempt is over. */
  release(): void {
    if (this.#onOver !== undefined) this.#over.removeEventListener('abort', this.#onOver)
  }
}
