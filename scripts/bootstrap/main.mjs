import { join } from 'node:path'
import { runInForeground } from './child.mjs'
import { workspaceNode } from './node.mjs'
import { installDependencies } from './pnpm.mjs'
import { MissingRequirement, say } from './report.mjs'
import { missingRequirements } from './requirements.mjs'
import { root } from './workspace.mjs'

const fromSource = '--conditions=@ledgerbus/source'
const vitest = join('node_modules', 'vitest', 'vitest.mjs')

/**
 * What each command runs once everything is installed. Node itself rather than `pnpm run`, so that signals and exit codes
 * pass unchanged; `exec` runs anything, with the workspace's commands and pnpm at hand.
 *
 * @typedef {{ command: string, args: readonly string[], needsServers: boolean }} Program
 * @type {Readonly<Record<string, (node: string, args: readonly string[]) => Program>>}
 */
const programs = {
  start: (node, args) => ({
    command: node,
    args: [fromSource, join('scripts', 'start.ts'), ...args],
    needsServers: true,
  }),
  test: (node, args) => ({ command: node, args: [vitest, 'run', ...args], needsServers: !wantsUnitTestsOnly(args) }),
  exec: (_node, [command = 'pnpm', ...args]) => ({ command, args, needsServers: false }),
}

/** @param {readonly string[]} args */
function wantsUnitTestsOnly(args) {
  return /--project[ =]unit\b/.test(args.join(' ')) && !/--project[ =]integration\b/.test(args.join(' '))
}

/**
 * Sets the clone up, then runs `start`, `test` or `exec <command>`.
 *
 * @param {readonly string[]} argv
 * @returns {Promise<number>} the exit code: that of the command, 3 when the machine lacks something, 2 for a wrong call
 */
export async function main([name = '', ...args]) {
  const program = Object.hasOwn(programs, name) ? programs[name]?.(workspaceNode(), args) : undefined
  if (program === undefined) {
    say(`There is no command '${name}': ${Object.keys(programs).join(', ')}.`)
    return 2
  }
  try {
    const problems = await missingRequirements(program)
    if (problems.length > 0) throw new MissingRequirement(problems)
    const env = await installDependencies()
    return await runInForeground(program.command, program.args, { cwd: root, env })
  } catch (error) {
    if (error instanceof MissingRequirement) {
      say(error.message)
      return 3
    }
    say(error instanceof Error ? error.message : String(error))
    return 1
  }
}
