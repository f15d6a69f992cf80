const repeatMs = 10_000
const redrawMs = 1_000

/** One line for a person; on stderr, since stdout belongs to what the command itself prints. @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`)
}

/**
 * Shows that something long is going on: redrawn in place on a terminal, a line every ten seconds elsewhere.
 *
 * @template Result
 * @param {string} what
 * @param {() => Promise<Result>} action
 * @returns {Promise<Result>}
 */
export async function withProgress(what, action) {
  const started = Date.now()
  const inPlace = process.stderr.isTTY && process.env['TERM'] !== 'dumb'
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`
  const show = () => process.stderr.write(inPlace ? `\r${what} … ${seconds()}` : `${what} … ${seconds()}\n`)
  if (inPlace) show()
  const timer = setInterval(show, inPlace ? redrawMs : repeatMs)
  try {
    const result = await action()
    process.stderr.write(`${inPlace ? '\r' : ''}${what}: done in ${seconds()}\n`)
    return result
  } catch (error) {
    process.stderr.write(`${inPlace ? '\r' : ''}${what}: failed after ${seconds()}\n`)
    throw error
  } finally {
    clearInterval(timer)
  }
}

/** Something the machine lacks: what is missing and what to do about it, then exit code 3. */
export class MissingRequirement extends Error {
  /** @param {readonly { what: string, remedy: string, instead?: string }[]} problems */
  constructor(problems) {
    const lines = problems.flatMap(({ what, remedy }) => [`  ${what}`, `    Remedy: ${remedy}`])
    const instead = new Set(
      problems.flatMap((problem) => (problem.instead === undefined ? [] : [`  ${problem.instead}`])),
    )
    super(['Ledgerbus cannot start on this machine yet:', ...lines, ...instead].join('\n'))
  }
}
