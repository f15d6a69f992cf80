/** Why the command is to end early. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'

  constructor(signal: Interruption['signal']) {
    super(`interrupted by ${signal}`)
    this.signal = signal
  }
}

/** Waits for what knows no signal. @throws the signal's reason, at once; the work goes on unheard */
export async function unlessInterrupted<Result>(
  work: Promise<Result>,
  { interrupted }: { readonly interrupted: AbortSignal },
): Promise<Result> {
  const heard = new AbortController()
  const interruption = new Promise<never>((_, reject) => {
    const end = () => {
      reject(interrupted.reason as Error)
    }
    if (interrupted.aborted) end()
    else interrupted.addEventListener('abort', end, { once: true, signal: heard.signal })
  })
  try {
    return await Promise.race([work, interruption])
  } finally {
    heard.abort()
  }
}

/** Whoever read stdout has gone (`| head`): the end of the command, not a failure of it. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed'

  constructor() {
    super('stdout was closed by its reader')
  }
}
