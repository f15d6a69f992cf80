import type { Broker, BrokerAdmin, WaitOptions } from '@ledgerbus/core'
import { encodePlan } from '../plan/plan-codec.ts'
import type { ReplayPlan } from '../plan/replay-plan.ts'
import { ReplayError } from '../replay-error.ts'
import { plansTopic, prepareReplayTopics } from './replay-topics.ts'

/** Writes a plan where every runner finds it. @throws ReplayError `REPLAY_PLAN_TOO_LARGE`, `REPLAY_PUBLISH_FAILED`, `REPLAY_PUBLISH_UNKNOWN` */
export async function keepPlan(plan: ReplayPlan, broker: Broker, admin: BrokerAdmin, wait: WaitOptions): Promise<void> {
  const value = encodePlan(plan)
  await prepareReplayTopics(admin)
  const producer = broker.createProducer()
  try {
    await producer.start(wait)
    const record = {
      key: Buffer.from(plan.replayId),
      value,
      headers: [],
      timestampMs: BigInt(Math.trunc(plan.plannedAtMs)),
    }
    const outcome = await producer.append(plansTopic, 0, [record], wait)
    if (outcome.kind === 'ok') return
    wait.signal?.throwIfAborted()
    throw new ReplayError(`the plan could not be kept: ${outcome.error.message}`, {
      code: outcome.kind === 'unknown' ? 'REPLAY_PUBLISH_UNKNOWN' : 'REPLAY_PUBLISH_FAILED',
      outcome: outcome.kind,
      retriable: outcome.error.retriable,
      cause: outcome.error,
    })
  } finally {
    await producer.close()
  }
}
