/** What a contestant's process answers. */
export type ContestantAnswer<Answer> = { readonly answer: Answer } | { readonly failure: string }

/** Called in a process of its own: does one task after the other for the process that started it, and ends with it. */
export function serveContestant<Answer>(run: (task: never) => Promise<Answer>): void {
  const send = (answer: ContestantAnswer<Answer>) => process.send?.(answer)
  process.on('message', (task) => {
    // Its own program says what is sent to it.
    run(task as never).then(
      (answer) => send({ answer }),
      (error: unknown) => send({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
  process.on('disconnect', () => process.exit())
}
