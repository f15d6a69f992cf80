import type { Envelope, EventDefinition, EventPattern, RetryPolicy } from '@ledgerbus/core'
import type { Filter } from '@ledgerbus/filter'
import type { BatchHandler } from '../batch/batch-handler.ts'
import type { BatchBounds } from '../batch/batch-options.ts'
import type { Handler } from '../handler.ts'
import type { HandlerLimit } from '../lanes/handler-limit.ts'
import type { Middleware } from '../middleware/middleware.ts'
import type { ReplayChoice } from './replay-choice.ts'
import type { TimeLimit } from './time-limit.ts'

/** A subscription, checked and complete. */
export type BoundHandler = SingleBoundHandler | BatchBoundHandler

interface Bound {
  readonly name: string
  readonly target:
    | { readonly kind: 'definition'; readonly definition: EventDefinition }
    | { readonly kind: 'pattern'; readonly pattern: EventPattern }
  readonly policy: RetryPolicy
  /** On its calls that run at once; `undefined`: the consumer's own bound is enough. */
  readonly limit: HandlerLimit | undefined
  readonly filter: Filter | undefined
  /** All that runs around it, the outermost first. */
  readonly middleware: readonly Middleware[]
  readonly replay: ReplayChoice
  readonly sideEffects: 'external' | undefined
  readonly idempotency: 'on' | 'off'
  /** On each of its calls. */
  readonly timeLimit: TimeLimit | undefined
}

/** Its handler takes one event. */
export interface SingleBoundHandler extends Bound {
  readonly takes: 'one'
  readonly handler: Handler<Envelope>
}

/** Its handler takes several events of a partition at once. */
export interface BatchBoundHandler extends Bound {
  readonly takes: 'batch'
  readonly handler: BatchHandler<Envelope>
  readonly bounds: BatchBounds
}
