import type { ConsumerRecord, Envelope } from '@ledgerbus/core'
import { ConsumerError } from '../consumer-error.ts'
import type { Turn } from '../lanes/turn.ts'
import { paused } from './pause.ts'
import type { PipelineTools } from './pipeline-tools.ts'
import type { RecordEnd } from './record-end.ts'
import { fatal, setFatalAside } from './run-handler.ts'

/** The way of an event that fits no subscription, where such events are not passed over. */
export async function runUnknown(
  record: ConsumerRecord,
  { name }: Envelope,
  turn: Turn,
  tools: PipelineTools,
): Promise<RecordEnd> {
  const message = `no subscription fits ${JSON.stringify(name)}`
  if (tools.unknownEvents === 'pause') {
    const text = `${message}, and events that fit none are not passed over: subscribe to it, or set unknownEvents`
    const reason = { reason: 'unknown-event', message: text }
    // Nothing it could look at changes in this process: another version of the service has to take over.
    return (await paused<RecordEnd>([turn], reason, tools, async () => 'still')) ?? { kind: 'left' }
  }
  const error = new ConsumerError(message, { code: 'CONSUMER_EVENT_UNKNOWN' })
  const failure = { ...fatal('validate', '', error), reason: 'event-unknown' }
  return setFatalAside({ record, source: record.topic }, failure, turn, tools)
}
