/** Names of the headers a dead letter carries besides the record's own. */
export const deadLetterHeaders: {
  readonly schema: 'lb-dlq-schema'
  readonly firstFailedAt: 'lb-first-failed-at'
  readonly originTopic: 'lb-origin-topic'
  readonly originPartition: 'lb-origin-partition'
  readonly originOffset: 'lb-origin-offset'
  readonly originTimestamp: 'lb-origin-timestamp'
  readonly originGroup: 'lb-origin-group'
  readonly lastFailedAt: 'lb-last-failed-at'
  readonly attempts: 'lb-attempts'
  readonly handler: 'lb-handler'
  readonly failedStep: 'lb-failed-step'
  readonly failedReason: 'lb-failed-reason'
  readonly errorClass: 'lb-error-class'
  readonly errorCode: 'lb-error-code'
  readonly errorMessage: 'lb-error-message'
  readonly errorStack: 'lb-error-stack'
  readonly errorFingerprint: 'lb-error-fingerprint'
} = Object.freeze({
  schema: 'lb-dlq-schema',
  firstFailedAt: 'lb-first-failed-at',
  originTopic: 'lb-origin-topic',
  originPartition: 'lb-origin-partition',
  originOffset: 'lb-origin-offset',
  originTimestamp: 'lb-origin-timestamp',
  originGroup: 'lb-origin-group',
  lastFailedAt: 'lb-last-failed-at',
  attempts: 'lb-attempts',
  handler: 'lb-handler',
  failedStep: 'lb-failed-step',
  failedReason: 'lb-failed-reason',
  errorClass: 'lb-error-class',
  errorCode: 'lb-error-code',
  errorMessage: 'lb-error-message',
  errorStack: 'lb-error-stack',
  errorFingerprint: 'lb-error-fingerprint',
})

/** Where a record of a group stood first: it keeps them in all topics of the group. */
export const originHeaders: readonly string[] = [
  deadLetterHeaders.originTopic,
  deadLetterHeaders.originPartition,
  deadLetterHeaders.originOffset,
  deadLetterHeaders.originTimestamp,
  deadLetterHeaders.originGroup,
]
