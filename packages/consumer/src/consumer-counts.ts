/** How the calls of one handler ended, by record. */
export interface HandlerCounts {
  readonly handled: number
  /** Attempts after the first. */
  readonly retried: number
  readonly deadLettered: number
  /** Moved to a retry topic after a failure; delivered again from there, and counted again. */
  readonly delayed: number
  /** Moved to where their key is parked, after a failure or behind another record; delivered again from there, and counted again. */
  readonly parked: number
  readonly skipped: number
}

/**
 * What became of the records. Each is in one state: `delivered` = `handled` + `deadLettered` + `delayed` + `parked` + all of `skipped` + `open` +
 * `lost`.
 */
export interface ConsumerCounts {
  /** Records taken from the broker; one that comes again counts again. */
  readonly delivered: number
  /** All its handlers are done, at least one handled it and none set it aside. */
  readonly handled: number
  /** At least one of its handlers set it aside, or it could not be decoded. */
  readonly deadLettered: number
  /** None of its handlers set it aside, and at least one is to have it later: it stands on a retry topic, and counts again when it is delivered from there. */
  readonly delayed: number
  /** The same, where its key is parked. */
  readonly parked: number
  /** Done without handling, by rule: `not-subscribed`, `tombstone`, `replay-for-other-groups`, `replay-not-wanted`, `classified-as-skip`, and rules of handlers. */
  readonly skipped: Readonly<Record<string, number>>
  /**
   * Of `skipped`, what was skipped for being part of a replay (`replay-for-other-groups`, `replay-not-wanted`), by the replay's id, then by rule: of the twenty replays it last happened
   * to, of each since the consumer was made. An id that nobody planned, or a group that should have handled, is a mark that somebody else wrote. Ids are cut at 100 characters.
   */
  readonly replaysSkipped: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Delivered and not finished: queued, running, waiting for the next attempt. */
  readonly open: number
  /** Open when their partition was taken away; whoever owns it now gets them again. */
  readonly lost: number
  /** Came again although they were finished, as a commit says: not handled again. They are not among `delivered`. */
  readonly restored: number
  /** Attempts after the first, over all handlers. */
  readonly retried: number
  /** Results that came after their partition was taken away: without effect here. */
  readonly late: number
  /** Commits that had to leave out what is finished ahead, as it had no room in their metadata: after a restart it comes again. */
  readonly mapsTooLarge: number
  /** By the name of the subscription. */
  readonly handlers: Readonly<Record<string, HandlerCounts>>
}
