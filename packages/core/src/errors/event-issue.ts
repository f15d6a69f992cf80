/** One thing that is wrong with an event. */
export interface EventIssue {
  /** Where: `payload.after.items[0].price`; empty for the event as a whole. */
  readonly path: string
  /** What, without the value that stood there: payloads do not belong in logs. */
  readonly message: string
}

const shownIssues = 5

/** The first few issues in one line. */
export function issueText(issues: readonly EventIssue[]): string {
  const shown = issues
    .slice(0, shownIssues)
    .map((issue) => (issue.path === '' ? issue.message : `${issue.path}: ${issue.message}`))
    .join('; ')
  const hidden = issues.length - shownIssues
  return hidden > 0 ? `${shown}; and ${hidden} more` : shown
}
