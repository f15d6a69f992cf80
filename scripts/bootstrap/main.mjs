import { join } from 'node:path'
import { runInForeground } from './child.mjs'
import { installDependencies } from './pnpm.mjs'
import { MissingRequirement, say } from './report.mjs'
import { missingRequirements } from './requirements.mjs'
import { root } from './workspace.mjs'

const fromSource = '--conditions=@ledgerbus/source'
const vitest = join('node_modules', 'vitest', 'vitest.mjs')

/**
 * What each command runs once everything is installed. A child of its own, and Node itself rather than `pnpm run`, so
 * that signals and exit codes pass unchanged.
 *
 * @type {Readonly<Record<string, (args: readonly string[]) => { args: readonly string[], needsServers: boolean }>>}
 */
const commands = {
  start: (args) => ({ args: [fromSource, join('scripts', 'start.ts'), ...args], needsServers: true }),
  test: (args) => ({
    args: [vitest, 'run', ...args],
    needsServers: !args.join(' ').replace('=', ' ').includes('--project unit'),
  }),
}

/**
 * Sets the clone up, then runs `start` or `test`.
 *
 * @param {readonly string[]} argv
 * @returns {Promise<number>} the exit code: that of the command, 3 when the machine lacks something, 2 for a wrong call
 */
export async function main([name = '', ...args]) {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    say(`There is no command '${name}': start or test.`)
    return 2
  }
  const { args: commandArgs, needsServers } = command(args)
  try {
    const problems = await missingRequirements({ needsServers })
    if (problems.length > 0) throw new MissingRequirement(problems)
    const { env, node } = await installDependencies()
    return await runInForeground(node, commandArgs, { cwd: root, env })
  } catch (error) {
    if (error instanceof MissingRequirement) {
      say(error.message)
      return 3
    }
    say(error instanceof Error ? error.message : String(error))
    return 1
  }
}
