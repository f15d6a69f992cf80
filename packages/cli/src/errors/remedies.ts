/** What to do about an error, in the command line's own words: flags and variables, which a library's message cannot name. */
const remedies: Readonly<Record<string, string>> = {
  BROKER_UNREACHABLE: 'start Kafka, or correct KAFKA_BROKERS or --brokers; `ledgerbus doctor` tests the connection',
  BROKER_NO_ANSWER: 'look at the brokers and their logs, then try again; `ledgerbus doctor` tests the connection',
  BROKER_TLS:
    'set KAFKA_SSL=false where the listener speaks no TLS; NODE_EXTRA_CA_CERTS names the file of an authority of your own',
  BROKER_AUTHENTICATION:
    'correct KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD (or KAFKA_SASL_PASSWORD_FILE)',
  BROKER_AUTHORIZATION: 'give this user the rights on the topic or group, or use another user',
  BROKER_TOPIC_UNKNOWN: 'see `ledgerbus topic list`; `ledgerbus topic apply` creates the topics of your definitions',
  AUDIT_LOG_UNREACHABLE:
    'start ClickHouse, or correct CLICKHOUSE_URL or --clickhouse-url; `ledgerbus doctor` tests the connection',
  AUDIT_LOG_NO_ANSWER:
    'see that CLICKHOUSE_URL or --clickhouse-url leads to ClickHouse, and how busy it is; `ledgerbus doctor` tests the connection',
  AUDIT_LOG_NOT_MIGRATED: 'run `ledgerbus audit migrate` once, with a user that may create tables',
  AUDIT_LOG_NEWER: 'use the version that migrated it, or a newer one',
  AUDIT_LOG_NOT_SCOPED:
    'give this user the row policies that `ledgerbus audit users` prints, or correct LEDGERBUS_ORGANIZATION and CLICKHOUSE_USER',
  AUDIT_LOG_CONFIGURATION:
    'correct CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_DATABASE, or the rights of that user',
  AUDIT_CURSOR_INVALID: 'copy the whole cursor that the page before it printed, and give the same flags',
  AUDIT_ERASURE_INVALID: 'add --help to the command for its flags and examples',
  AUDIT_ERASURE_UNFINISHED: 'run the same command again: it removes what is left',
  AUDIT_SEALS_BROKEN: 'see what `ledgerbus audit verify --seals <folder>` finds, and seal into another folder',
  AUDIT_SEAL_NOT_DUE:
    'seal again later, when the sink has caught up; `ledgerbus consumer lag <group>` shows how far it is',
  AUDIT_SEAL_STORE_FAILED: 'see that the folder of --seals can be written, and that nobody else seals into it',
  AUDIT_VERIFY_INVALID:
    'name topics with --topic and the group of the sink with --group; --group none compares everything',
  AUDIT_SELECTION_INVALID: 'add --help to the command for its flags and examples',
  FILTER_INVALID: 'correct it where the carets point; quote it for the shell: --filter \'entity.type == "order"\'',
  CONFIGURATION_INVALID: 'correct it in the flags, the environment or the project file, wherever it stands',
  TOPICS_MISSING: '`ledgerbus topic apply` creates them',
  REDRIVE_REQUEST_INVALID: 'add --help to the command for its flags and examples',
  REDRIVE_TOPIC_UNKNOWN: 'see `ledgerbus dlq list`',
  REDRIVE_ORIGIN_NOT_ALLOWED:
    'name each topic with --to-origin, or leave it out: then only the group that failed gets them',
  REDRIVE_LANE_UNKNOWN: 'start a consumer of the group once; for a group of another make use --to-origin',
  REDRIVE_FAILING_AGAIN: 'look at `ledgerbus dlq show <topic> --status failed-again`, mend the handler, run again',
  REDRIVE_FENCED: 'let the other run end, then run again: what is done is skipped',
  REPLAY_BOUNDS_REQUIRED: 'give both --from and --to, e.g. --from 2026-01-31 --to 2026-02-01, or --from -2h --to now',
  REPLAY_BOUNDS_REVERSED: 'let --from lie before --to; --to is exclusive',
  REPLAY_TARGET_UNKNOWN: 'see `ledgerbus topic list` and name an existing topic with --target',
  REPLAY_REQUEST_INVALID: 'add --help to the command for its flags and examples',
  REPLAY_COUNT_MISMATCH: 'compare the log with the plan: retention may have removed entries; then plan again',
  REPLAY_TARGET_NOT_ALLOWED:
    'publish to one of the topics in replay.allowedTargets of the project file, or have it added there',
  REPLAY_PLAN_TOO_LARGE: 'name fewer event ids or partitions, or plan the range in parts',
  REPLAY_PLAN_INCOMPLETE: 'plan again with --group, --reason and --by',
  REPLAY_PLAN_ALTERED: 'plan again with `ledgerbus replay plan`',
  REPLAY_TOO_LARGE:
    'plan a shorter range, or one with a higher --max-entries; where the project file bounds it (replay.maxEntries), have that raised',
  REPLAY_NOT_CONFIRMED:
    'look at `ledgerbus replay show <id>`, then run it with --confirm <topic> for each topic the entries came from, or with --yes into another topic',
  REPLAY_PREMISES_CHANGED: 'look at what changed, then plan again with `ledgerbus replay plan`',
  REPLAY_UNKNOWN: 'see `ledgerbus replay list`',
  REPLAY_ENDED: 'see `ledgerbus replay status <id>` for how it ended; what it left needs a plan of its own',
  REPLAY_NOT_RUNNING: 'see `ledgerbus replay status <id>`; only what runs can be paused',
  REPLAY_NOT_PAUSED:
    'see `ledgerbus replay status <id>`; what was never begun or has stopped goes on with `ledgerbus replay run <id>`',
  REPLAY_FENCED: 'see who runs it now: `ledgerbus replay status <id> --watch`',
  REPLAY_READ_FAILED:
    'see that ClickHouse or Kafka answers (`ledgerbus doctor`), then go on with `ledgerbus replay run <id>`: it continues behind what is published',
  REPLAY_PUBLISH_FAILED:
    'see that Kafka answers (`ledgerbus doctor`) and that this user may write to the topics, then do the same again: a run continues behind what is published',
  REPLAY_PUBLISH_UNKNOWN:
    'look at `ledgerbus replay status <id>`, then go on with `ledgerbus replay run <id>`: it looks first at what became of the last page',
  REPLAY_TOO_MANY_ERRORS:
    'look at `ledgerbus replay errors <id>`; where more may fail, run it again with a higher --max-errors',
  REPLAY_STATE_UNREADABLE: 'use the version of ledgerbus that wrote it, or a newer one',
  CLI_USAGE: 'add --help to the command for its flags and examples',
  CLI_TIME_INVALID: 'use 2026-01-31 (midnight UTC), 2026-01-31T12:00:00Z, now, or a while ago such as -2h',
  CLI_OUTPUT_FAILED: 'make room, or write somewhere else; what the command did besides writing is done',
  CLI_UNREACHABLE:
    'start it, or correct its address; CLICKHOUSE_URL and SCHEMA_REGISTRY_URL say where it is looked for',
  CLI_CONFIGURATION: 'set the variables named above; `ledgerbus doctor` tests them',
}

export function remedyFor(code: string): string | undefined {
  return remedies[code]
}
