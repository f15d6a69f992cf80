import { readFileSync } from 'node:fs'
import { CommandError } from '../errors/command-error.ts'
import type { Variables } from './environment.ts'
import { createSecret, type Secret } from './secret.ts'

/** The variable that holds the password of a user that is to be: `LEDGERBUS_PASSWORD_ACME_READER`. */
function passwordVariable(user: string): string {
  return `LEDGERBUS_PASSWORD_${user.toUpperCase()}`
}

/**
 * The passwords of users, each from its variable or from the file that `<NAME>_FILE` names; never from a flag.
 *
 * @throws CommandError `CLI_CONFIGURATION` naming every variable that is missing, set twice or names a file that cannot be read
 */
export function userPasswords(users: readonly string[], env: Variables): ReadonlyMap<string, Secret> {
  const problems: string[] = []
  const passwords = new Map<string, Secret>()
  for (const user of users) {
    const found = passwordOf(passwordVariable(user), env)
    if (typeof found === 'string') problems.push(found)
    else passwords.set(user, found)
  }
  if (problems.length === 0) return passwords
  throw new CommandError(problems.join('; '), {
    code: 'CLI_CONFIGURATION',
    remedy: 'set the variables, or <NAME>_FILE with the path of a file that holds the password',
  })
}

/** The password, or what is wrong. */
function passwordOf(name: string, env: Variables): Secret | string {
  // An empty variable is how compose files and shells say "not set".
  const value = env[name] === '' ? undefined : env[name]
  const file = env[`${name}_FILE`] === '' ? undefined : env[`${name}_FILE`]
  if (value !== undefined && file !== undefined) return `${name} and ${name}_FILE are both set; leave one out`
  if (value !== undefined) return createSecret(value)
  if (file === undefined) return `${name} is not set`
  try {
    return createSecret(readFileSync(file, 'utf8').replace(/\r?\n$/u, ''))
  } catch (error) {
    return `${name}_FILE cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'})`
  }
}
