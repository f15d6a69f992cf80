import type { RetryPolicy } from '@ledgerbus/core'
import type { ConsumerCounts, HandlerCounts } from '../consumer-counts.ts'
import type { Ordering } from '../lanes/lane-key.ts'
import type { ConsumerSettings } from '../resolve-options.ts'
import type { BoundHandler } from './bound-handler.ts'
import type { Switches } from './switches.ts'

/** A subscription as it stands. */
export interface SubscriptionDescription {
  readonly name: string
  /** The event's name and version, or the pattern. */
  readonly target: { readonly event: string; readonly version: number } | { readonly pattern: string }
  readonly takes: 'one' | 'batch'
  readonly enabled: boolean
  readonly filter: string | undefined
  /** `function`: the subscription's own function is asked for each record. */
  readonly replay: 'run' | 'skip' | 'function'
  readonly sideEffects: 'external' | undefined
  readonly idempotency: 'on' | 'off'
  readonly retry: RetryPolicy
  readonly counts: HandlerCounts
}

/** A consumer as it stands: what it reads, who handles what, and how that went so far. */
export interface ConsumerDescription {
  readonly groupId: string
  readonly topics: readonly string[]
  readonly ordering: Ordering
  readonly concurrency: number
  readonly subscriptions: readonly SubscriptionDescription[]
}

export function describeConsumer(
  { groupId, topics, ordering, concurrency, handlers }: ConsumerSettings,
  switches: Switches,
  counts: ConsumerCounts,
): ConsumerDescription {
  return {
    groupId,
    topics,
    ordering,
    concurrency,
    subscriptions: handlers.map((handler) => ({
      name: handler.name,
      target: targetOf(handler),
      takes: handler.takes,
      enabled: switches.isOn(handler.name),
      filter: handler.filter?.text,
      replay: typeof handler.replay === 'function' ? 'function' : handler.replay,
      sideEffects: handler.sideEffects,
      idempotency: handler.idempotency,
      retry: handler.policy,
      counts: counts.handlers[handler.name] ?? none,
    })),
  }
}

const none: HandlerCounts = { handled: 0, retried: 0, deadLettered: 0, delayed: 0, parked: 0, skipped: 0 }

function targetOf({ target }: BoundHandler): SubscriptionDescription['target'] {
  if (target.kind === 'pattern') return { pattern: target.pattern.text }
  return { event: target.definition.name, version: target.definition.version }
}
