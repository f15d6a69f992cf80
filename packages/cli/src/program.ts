import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Edge } from './edge/edge.ts'
import { packageVersion } from './edge/package-version.ts'
import { exitCodeHelp } from './exit-codes.ts'
import type { BuildCommand } from './input/build-command.ts'

interface CommandEntry {
  readonly words: readonly [string] | readonly [group: string, string]
  readonly summary: string
  /** The command's file; loaded only when the command is called, as start-up time is felt. */
  load(): Promise<BuildCommand>
}

const groups: Readonly<Record<string, string>> = {
  topic: 'Topics: list, look into, create from definitions',
  consumer: 'Consumer groups',
  dlq: 'Dead letters: look at them, give them back to the group that failed, discard them',
  logs: 'The audit log',
  audit: 'Tables, months and users of the audit log; evidence: compare it with Kafka, seal it, erase on request',
  sink: 'The service that writes Kafka into the audit log',
}

const entries: readonly CommandEntry[] = [
  {
    words: ['replay'],
    summary: 'Publish a range of the audit log again, to chosen consumer groups',
    load: async () => (await import('./commands/replay.ts')).replayCommand,
  },
  {
    words: ['replay', 'plan'],
    summary: 'Plan a replay and keep the plan, to be run by its id',
    load: async () => (await import('./commands/replay-plan.ts')).replayPlanCommand,
  },
  {
    words: ['replay', 'run'],
    summary: 'Carry out a planned replay, or go on with one',
    load: async () => (await import('./commands/replay-run.ts')).replayRunCommand,
  },
  {
    words: ['replay', 'status'],
    summary: 'Show how a replay stands',
    load: async () => (await import('./commands/replay-status.ts')).replayStatusCommand,
  },
  {
    words: ['replay', 'pause'],
    summary: 'Let a replay stop publishing until it is resumed',
    load: async () => (await import('./commands/replay-pause.ts')).replayPauseCommand,
  },
  {
    words: ['replay', 'resume'],
    summary: 'Let a paused replay go on',
    load: async () => (await import('./commands/replay-resume.ts')).replayResumeCommand,
  },
  {
    words: ['replay', 'cancel'],
    summary: 'End a replay for good; what is published stays',
    load: async () => (await import('./commands/replay-cancel.ts')).replayCancelCommand,
  },
  {
    words: ['replay', 'list'],
    summary: 'List all replays: who asked for them, why, and what became of them',
    load: async () => (await import('./commands/replay-list.ts')).replayListCommand,
  },
  {
    words: ['replay', 'history'],
    summary: 'Tell what was done with replays: who planned, ran, paused, resumed or cancelled them, when and why',
    load: async () => (await import('./commands/replay-history.ts')).replayHistoryCommand,
  },
  {
    words: ['replay', 'show'],
    summary: 'Show the whole plan of a replay, and how it stands',
    load: async () => (await import('./commands/replay-show.ts')).replayShowCommand,
  },
  {
    words: ['replay', 'errors'],
    summary: 'List the entries that a replay could not publish',
    load: async () => (await import('./commands/replay-errors.ts')).replayErrorsCommand,
  },
  {
    words: ['publish'],
    summary: 'Publish events from NDJSON, checked against your definitions',
    load: async () => (await import('./commands/publish.ts')).publishCommand,
  },
  {
    words: ['topic', 'list'],
    summary: 'List the topics',
    load: async () => (await import('./commands/topic-list.ts')).topicListCommand,
  },
  {
    words: ['topic', 'status'],
    summary: 'Show what a topic holds and who reads it',
    load: async () => (await import('./commands/topic-status.ts')).topicStatusCommand,
  },
  {
    words: ['topic', 'apply'],
    summary: 'Create the topics of your definitions that do not exist yet',
    load: async () => (await import('./commands/topic-apply.ts')).topicApplyCommand,
  },
  {
    words: ['consumer', 'lag'],
    summary: 'Show how far a consumer group is behind',
    load: async () => (await import('./commands/consumer-lag.ts')).consumerLagCommand,
  },
  {
    words: ['dlq', 'list'],
    summary: 'List the dead-letter topics with what waits in them',
    load: async () => (await import('./commands/dlq-list.ts')).dlqListCommand,
  },
  {
    words: ['dlq', 'show'],
    summary: 'Show the dead letters of a topic: by error, one by one, or one in detail',
    load: async () => (await import('./commands/dlq-show.ts')).dlqShowCommand,
  },
  {
    words: ['dlq', 'plan'],
    summary: 'Show what a redrive would do, and publish nothing',
    load: async () => (await import('./commands/dlq-plan.ts')).dlqPlanCommand,
  },
  {
    words: ['dlq', 'redrive'],
    summary: 'Give dead letters back to the group that failed',
    load: async () => (await import('./commands/dlq-redrive.ts')).dlqRedriveCommand,
  },
  {
    words: ['dlq', 'discard'],
    summary: 'Note that dead letters are not to be redriven; deletes nothing',
    load: async () => (await import('./commands/dlq-discard.ts')).dlqDiscardCommand,
  },
  {
    words: ['logs', 'show'],
    summary: 'Show entries of the audit log',
    load: async () => (await import('./commands/logs-show.ts')).logsShowCommand,
  },
  {
    words: ['logs', 'trace'],
    summary: 'Show what led to what: the tree of a correlation, or of the one an event belongs to',
    load: async () => (await import('./commands/logs-trace.ts')).logsTraceCommand,
  },
  {
    words: ['logs', 'timeline'],
    summary: 'Show the life of an entity, with what each event changed',
    load: async () => (await import('./commands/logs-timeline.ts')).logsTimelineCommand,
  },
  {
    words: ['logs', 'stats'],
    summary: 'Count entries, by what they are and over time',
    load: async () => (await import('./commands/logs-stats.ts')).logsStatsCommand,
  },
  {
    words: ['logs', 'tail'],
    summary: 'Show entries as they are stored, until interrupted',
    load: async () => (await import('./commands/logs-tail.ts')).logsTailCommand,
  },
  {
    words: ['logs', 'export'],
    summary: 'Write all entries of a selection as JSON lines or Parquet',
    load: async () => (await import('./commands/logs-export.ts')).logsExportCommand,
  },
  {
    words: ['audit', 'verify'],
    summary: 'Compare the audit log with Kafka, or with its seals, byte for byte',
    load: async () => (await import('./commands/audit-verify.ts')).auditVerifyCommand,
  },
  {
    words: ['audit', 'seal'],
    summary: 'Seal what was logged by the end of a day, so that later changes show',
    load: async () => (await import('./commands/audit-seal.ts')).auditSealCommand,
  },
  {
    words: ['audit', 'erase'],
    summary: 'Erase the bytes of entries on request, and leave word of it',
    load: async () => (await import('./commands/audit-erase.ts')).auditEraseCommand,
  },
  {
    words: ['audit', 'migrate'],
    summary: 'Make the tables of the audit log, or bring them up to date',
    load: async () => (await import('./commands/audit-migrate.ts')).auditMigrateCommand,
  },
  {
    words: ['audit', 'retention'],
    summary: 'Drop whole months of the audit log that are older than those to keep',
    load: async () => (await import('./commands/audit-retention.ts')).auditRetentionCommand,
  },
  {
    words: ['audit', 'users'],
    summary: 'Print the users of ClickHouse that the audit log needs; changes nothing',
    load: async () => (await import('./commands/audit-users.ts')).auditUsersCommand,
  },
  {
    words: ['sink', 'run'],
    summary: 'Write topics into the audit log until told to stop',
    load: async () => (await import('./commands/sink-run.ts')).sinkRunCommand,
  },
  {
    words: ['doctor'],
    summary: 'Check what is configured and reachable, and say what to do',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    words: ['version'],
    summary: 'Print the version',
    load: async () => (await import('./commands/version.ts')).versionCommand,
  },
]

/** Every command's words, for tests that walk them all. */
export const commandWords: readonly (readonly string[])[] = entries.map(({ words }) => words)

/** The program with all its commands; filled in are only those that `argv` may mean. */
export async function createProgram(argv: readonly string[], edge: Edge): Promise<Command> {
  // Flags behind a word are the word's own, also where the word before it has flags of the same name.
  const program = prepare(new Command('ledgerbus'), edge).enablePositionalOptions()
  program.description('Events declared once, sent over Kafka, handled with retries, logged, replayable.')
  program.version(packageVersion(), '-V, --version', 'print the version')
  program.addHelpText('after', `\nStart with: ledgerbus doctor\n\n${exitCodeHelp}`)
  for (const entry of entries) {
    const name = entry.words.at(-1) as string
    const command = prepare(new Command(name), edge).description(entry.summary)
    if (entry.words.every((word) => argv.includes(word))) (await entry.load())(command, edge)
    const parent = entry.words.length === 1 ? program : groupOf(program, entry.words[0], edge)
    parent.addCommand(command)
  }
  return program
}

function groupOf(program: Command, name: string, edge: Edge): CommandUnknownOpts {
  const existing = program.commands.find((command) => command.name() === name)
  if (existing !== undefined) return existing
  const group = prepare(new Command(name), edge).description(groups[name] ?? '')
  program.addCommand(group)
  return group
}

/** commander may neither end the process nor choose its streams; what it has to say arrives as an error. */
function prepare(command: Command, edge: Edge): Command {
  return command
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({
      writeOut: (text) => void edge.stdout.write(text),
      writeErr: (text) => void edge.stderr.write(text),
      outputError: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
}
