/** Names of the headers we write. CloudEvents 1.0 in binary mode, W3C trace context, and ours under `lb-`. */
export const headerNames: {
  readonly contentType: 'content-type'
  readonly specVersion: 'ce_specversion'
  readonly id: 'ce_id'
  readonly type: 'ce_type'
  readonly source: 'ce_source'
  readonly time: 'ce_time'
  readonly subject: 'ce_subject'
  readonly correlationId: 'ce_correlationid'
  readonly causationId: 'ce_causationid'
  readonly partitionKey: 'ce_partitionkey'
  readonly traceparent: 'traceparent'
  readonly tracestate: 'tracestate'
  readonly replayId: 'lb-replay-id'
  readonly replaySequence: 'lb-replay-seq'
  readonly replayMode: 'lb-replay-mode'
  readonly replayOf: 'lb-replay-of'
  readonly replayOriginalTime: 'lb-replay-original-time'
  readonly replayGroups: 'lb-replay-groups'
  readonly replayReason: 'lb-replay-reason'
} = Object.freeze({
  contentType: 'content-type',
  specVersion: 'ce_specversion',
  id: 'ce_id',
  type: 'ce_type',
  source: 'ce_source',
  time: 'ce_time',
  subject: 'ce_subject',
  correlationId: 'ce_correlationid',
  causationId: 'ce_causationid',
  partitionKey: 'ce_partitionkey',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  replayId: 'lb-replay-id',
  replaySequence: 'lb-replay-seq',
  replayMode: 'lb-replay-mode',
  replayOf: 'lb-replay-of',
  replayOriginalTime: 'lb-replay-original-time',
  replayGroups: 'lb-replay-groups',
  replayReason: 'lb-replay-reason',
})
