import type { EventDefinition } from '@ledgerbus/core'
import type { Settings } from '../config/settings.ts'
import { CommandError } from '../errors/command-error.ts'

/** The definitions of the project file. @throws CommandError `CLI_CONFIGURATION` when it has none */
export function requireEvents(settings: Settings): readonly EventDefinition[] {
  const { events } = settings.project
  if (events !== undefined && events.length > 0) return events
  const where = settings.projectFile ?? 'there is no ledgerbus.config.ts here or above'
  throw new CommandError(`no definitions are given (${where})`, {
    code: 'CLI_CONFIGURATION',
    remedy:
      "write ledgerbus.config.ts: import { defineConfig } from 'ledgerbus' and export default defineConfig({ events: [...] })",
  })
}
