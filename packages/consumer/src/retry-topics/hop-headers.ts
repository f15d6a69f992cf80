/** Names of the headers a record carries on a retry topic, besides those of a dead letter. */
export const hopHeaders: {
  readonly dueAt: 'lb-due-at'
  readonly parkedOffset: 'lb-parked-offset'
  readonly parkedBehind: 'lb-parked-behind'
  readonly parkedDead: 'lb-parked-dead'
} = Object.freeze({
  /** Not to be handled before: RFC 3339. */
  dueAt: 'lb-due-at',
  /** Where in its topic it stood when it was parked: what tells it from others of its key. */
  parkedOffset: 'lb-parked-offset',
  /** It waits for another record of its key, and was not handled yet: `<topic>/<partition>/<offset>` of the head. */
  parkedBehind: 'lb-parked-behind',
  /** No record of its own: what stands before it behind the record named is not to be handled either. */
  parkedDead: 'lb-parked-dead',
})
