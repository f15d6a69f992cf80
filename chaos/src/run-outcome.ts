/** How a run ended, for the verdict line and for who looks closer. */
export interface RunOutcome {
  readonly run: string
  readonly seed: number
  /** Whether the checker, and everything else that the run has to show, found nothing. */
  readonly isGood: boolean
  /** The figures of the verdict line, in their order. */
  readonly figures: Readonly<Record<string, number>>
  /** Sentences for people, in front of what was found. */
  readonly details: readonly string[]
  /** The first findings of each kind, sorted by kind. */
  readonly examples: readonly { readonly kind: string; readonly text: string }[]
  /** What went wrong besides what the checker found: the run itself could not do what it should. */
  readonly problems: readonly string[]
}

export function isOk({ isGood, problems }: RunOutcome): boolean {
  return isGood && problems.length === 0
}

/** The one line on stdout that a run ends with. */
export function verdictLine(outcome: RunOutcome): string {
  const { run, seed, figures } = outcome
  const words = Object.entries({ ...figures, seed }).map(([name, value]) => `${name}=${value}`)
  return `CHAOS ${run} ${isOk(outcome) ? 'ok' : 'failed'} ${words.join(' ')}`
}

/** What stands behind a verdict, for people. */
export function detailLines({ details, examples, problems }: RunOutcome): string[] {
  const firstOf = (kind: string): number => examples.findIndex((example) => example.kind === kind)
  return [
    ...details,
    ...problems.map((problem) => `problem: ${problem}`),
    ...examples.filter(({ kind }, index) => index - firstOf(kind) < 5).map(({ kind, text }) => `${kind}: ${text}`),
    ...(examples.length > 0 ? ['the first of each kind; more in verdict.json'] : []),
  ]
}
