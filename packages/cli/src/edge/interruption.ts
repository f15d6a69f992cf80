/** Why the command is to end early. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'

  constructor(signal: Interruption['signal']) {
    super(`interrupted by ${signal}`)
    this.signal = signal
  }
}

/** Whoever read stdout has gone (`| head`): the end of the command, not a failure of it. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed'

  constructor() {
    super('stdout was closed by its reader')
  }
}
