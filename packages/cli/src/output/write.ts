import { OutputClosed } from '../edge/interruption.ts'
import { CommandError } from '../errors/command-error.ts'
import type { OutputStream } from '../edge/edge.ts'

/**
 * Writes and waits until the stream took it, so that a slow reader slows us down.
 *
 * @throws OutputClosed when nobody reads any more; CommandError `CLI_OUTPUT_FAILED`
 */
export function write(stream: OutputStream, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === undefined || error === null) resolve()
      else reject(toOutputError(error))
    })
  })
}

/** Waits for a write whose failing must not hide how the command ends: the work is done, only nobody reads about it. */
export async function unlessClosed(writing: Promise<void>): Promise<void> {
  try {
    await writing
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error
  }
}

/** What it means that stdout cannot be written: its reader has enough, or the disk is full. */
export function toOutputError(error: Error): OutputClosed | CommandError {
  if (isClosedPipe(error)) return new OutputClosed()
  return new CommandError(`the output cannot be written (${'code' in error ? String(error.code) : error.name})`, {
    code: 'CLI_OUTPUT_FAILED',
    cause: error,
  })
}

/** The two ways Node says that the reading end is gone. */
function isClosedPipe(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'
}
