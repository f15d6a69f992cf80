import { Option } from '@commander-js/extra-typings'
import type { AuditUserInput, ReaderLimits } from '@ledgerbus/audit-log'
import { userPasswords } from '../config/user-passwords.ts'
import { openSession } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import type { BuildCommand } from '../input/build-command.ts'
import { withClickHouse, withCommon } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { collect, wholeNumber } from '../input/values.ts'

/** A user that is to be, without its password. */
type NamedUser = Omit<AuditUserInput, 'password'>

export const auditUsersCommand: BuildCommand = (command, edge) =>
  withCommon(withClickHouse(command))
    .optionsGroup('The users, all of them: whoever is not named sees no entry afterwards.')
    .option('--writer <name>', 'the sink: adds rows, and sees their coordinates; may be given again', collect)
    .option('--reader <name>', 'reads every entry: replays, verification; may be given again', collect)
    .option('--organization <name=id>', 'a reader of the entries of one organization; may be given again', collect)
    .option('--migrator <name>', 'makes and changes the tables; may be given again', collect)
    .option('--eraser <name>', 'deletes entries on request; may be given again', collect)
    .option('--also-sees-all <name>', 'a user that exists and goes on to see every entry; may be given again', collect)
    .optionsGroup('What a question of an organization may cost:')
    .option('--max-seconds <n>', 'its time (60)', wholeNumber)
    .option('--max-memory-mib <n>', 'its memory (4,096)', wholeNumber)
    .option('--max-rows <n>', 'the rows it reads (1,000,000,000)', wholeNumber)
    .optionsGroup('What is printed:')
    .addOption(
      new Option('--format <format>', 'statements, or a file for users.d')
        .choices(['sql', 'xml'])
        .default('sql' as const),
    )
    .addHelpText(
      'after',
      `
Passwords come from LEDGERBUS_PASSWORD_<NAME>, or the file that LEDGERBUS_PASSWORD_<NAME>_FILE names, and are printed as their SHA-256.
Nothing is connected to: give what is printed to a user who may manage access, e.g. with \`| clickhouse-client --multiquery\`.
${helpAfter([
  'ledgerbus audit users --writer sink --reader replayer --migrator migrator --also-sees-all default',
  'ledgerbus audit users --writer sink --organization acme_reader=acme --format xml',
])}`,
    )
    .action(async (flags) => {
      const named = namedUsers(flags)
      const passwords = userPasswords(
        named.map(({ name }) => name),
        edge.env,
      )
      const { settings, printer } = await openSession(edge, flags)
      const { database, tablePrefix, cluster } = settings.clickHouse()
      const { describeAuditUsers } = await import('@ledgerbus/audit-log')
      const { sql, xml } = describeAuditUsers({
        users: named.map((user) => ({ ...user, password: passwords.get(user.name)?.reveal() ?? '' })),
        limits: limitsOf(flags),
        ...(flags.alsoSeesAll !== undefined && { alsoSeeAll: flags.alsoSeesAll }),
        ...(database !== undefined && { database }),
        ...(tablePrefix !== undefined && { tablePrefix }),
        ...(cluster !== undefined && { cluster }),
      })
      const isXml = flags.format === 'xml'
      await printer.value(isXml ? { xml } : { sql }, () =>
        isXml ? xml.trimEnd() : sql.map((statement) => `${statement};`).join('\n'),
      )
    })

function namedUsers(flags: {
  readonly writer?: readonly string[] | undefined
  readonly reader?: readonly string[] | undefined
  readonly organization?: readonly string[] | undefined
  readonly migrator?: readonly string[] | undefined
  readonly eraser?: readonly string[] | undefined
}): readonly NamedUser[] {
  const of = (role: AuditUserInput['role'], names: readonly string[] = []): NamedUser[] =>
    names.map((name) => ({ name, role }))
  const users = [
    ...of('writer', flags.writer),
    ...of('reader', flags.reader),
    ...(flags.organization ?? []).map(organizationReader),
    ...of('migrator', flags.migrator),
    ...of('eraser', flags.eraser),
  ]
  if (users.length > 0) return users
  throw new CommandError('no user is named', {
    code: 'CLI_USAGE',
    remedy: 'name at least one with --writer, --reader, --organization, --migrator or --eraser',
  })
}

function organizationReader(text: string): NamedUser {
  const equals = text.indexOf('=')
  if (equals > 0 && equals < text.length - 1) {
    return { name: text.slice(0, equals), role: 'organization-reader', organization: text.slice(equals + 1) }
  }
  throw new CommandError(`--organization ${text}: a user and its organization are wanted`, {
    code: 'CLI_USAGE',
    remedy: 'write --organization acme_reader=acme',
  })
}

function limitsOf(flags: {
  readonly maxSeconds?: number | undefined
  readonly maxMemoryMib?: number | undefined
  readonly maxRows?: number | undefined
}): ReaderLimits {
  const { maxSeconds, maxMemoryMib, maxRows } = flags
  return {
    ...(maxSeconds !== undefined && { maxSeconds }),
    ...(maxMemoryMib !== undefined && { maxMemoryBytes: maxMemoryMib * 1024 * 1024 }),
    ...(maxRows !== undefined && { maxRowsToRead: maxRows }),
  }
}
