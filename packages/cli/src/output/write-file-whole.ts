import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Edge } from '../edge/edge.ts'
import { CommandError } from '../errors/command-error.ts'

/**
 * Writes a file under another name beside its own, and gives it its own when it is whole and on the disk: half a file must not look like one.
 *
 * @returns its bytes
 * @throws CommandError `CLI_OUTPUT_FAILED`; what `chunks` throws
 */
export async function writeFileWhole(
  { cwd }: Pick<Edge, 'cwd'>,
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<number> {
  const whole = resolve(cwd, path)
  const part = `${whole}.part`
  let isWhole = false
  let written = 0
  const file = await toOutput(path, () => open(part, 'w'))
  try {
    for await (const chunk of chunks) {
      await toOutput(path, () => file.writeFile(chunk))
      written += chunk.length
    }
    await toOutput(path, () => file.sync())
    isWhole = true
  } finally {
    await file.close()
    if (!isWhole) await rm(part, { force: true })
  }
  await toOutput(path, () => rename(part, whole))
  return written
}

async function toOutput<Result>(path: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new CommandError(`${path} cannot be written (${code})`, { code: 'CLI_OUTPUT_FAILED', cause })
  }
}
