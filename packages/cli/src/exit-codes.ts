export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 130

/** How the command ended; `--help` explains them and the tests hold them to it. */
export const exitCodes: {
  readonly done: 0
  readonly failed: 1
  readonly usage: 2
  readonly unreachable: 3
  readonly partly: 4
  readonly refused: 5
  readonly interrupted: 130
} = Object.freeze({
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  partly: 4,
  refused: 5,
  interrupted: 130,
})

/** For `--help`. */
export const exitCodeHelp = `Exit codes:
  0    done
  1    the operation failed
  2    usage: a flag, name or value is wrong
  3    Kafka, ClickHouse or the configuration cannot be used
  4    partly done, the report says what
  5    refused: not confirmed, not allowed, or no longer possible
  130  interrupted; what was done is safe and reported`
