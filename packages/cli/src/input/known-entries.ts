import { type AuditLogReader, type AuditSelection, createEventRegistry } from '@ledgerbus/core'
import type { Settings } from '../config/settings.ts'
import { CommandError, type CommandErrorCode } from '../errors/command-error.ts'
import { didYouMean } from './closest-names.ts'

/** How many of the newest entries are looked at for names to suggest. */
const lookAt = 500

/**
 * Called when a selection found nothing: a mistyped name finds nothing too, and must not look like an empty range.
 *
 * A name counts as known when a definition of the project has it or any entry of the log does.
 *
 * @throws CommandError `CLI_EVENT_UNKNOWN`, `CLI_TOPIC_UNKNOWN`, with the nearest name
 */
export async function requireKnownNames(
  selection: AuditSelection,
  auditLog: AuditLogReader,
  settings: Settings,
): Promise<void> {
  const registry = createEventRegistry(settings.project.events ?? [])
  for (const pattern of selection.names ?? []) {
    if (registry.match(pattern).length > 0 || (await stands({ names: [pattern] }, auditLog))) continue
    throw await unknown('event', 'CLI_EVENT_UNKNOWN', pattern, {
      declared: registry.definitions.map(({ name }) => name),
      auditLog,
    })
  }
  for (const topic of selection.topics ?? []) {
    const declared = registry.topics().map(({ name }) => name)
    if (declared.includes(topic) || (await stands({ topics: [topic] }, auditLog))) continue
    throw await unknown('topic', 'CLI_TOPIC_UNKNOWN', topic, { declared, auditLog })
  }
}

async function stands(selection: AuditSelection, auditLog: AuditLogReader): Promise<boolean> {
  const { entries } = await auditLog.query({ ...selection, replays: 'include' }, { limit: 1 })
  return entries.length > 0
}

async function unknown(
  what: 'event' | 'topic',
  code: CommandErrorCode,
  name: string,
  known: { readonly declared: readonly string[]; readonly auditLog: AuditLogReader },
): Promise<CommandError> {
  const { entries } = await known.auditLog.query({ replays: 'include' }, { limit: lookAt })
  const seen = entries.flatMap(({ record, reading }) => {
    if (what === 'topic') return [record.topic]
    return reading.status === 'ok' ? [reading.envelope.name] : []
  })
  const candidates = [...new Set([...known.declared, ...seen])]
  const said = `no ${what} ${name} is declared or stands in the audit log${didYouMean(name, candidates)}`
  return new CommandError(said, {
    code,
    remedy:
      candidates.length === 0
        ? 'the log is empty; `ledgerbus sink run` fills it'
        : `known are ${candidates.slice(0, 10).join(', ')}${candidates.length > 10 ? ', ...' : ''}`,
  })
}
