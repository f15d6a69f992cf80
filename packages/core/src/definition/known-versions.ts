import type { EventDefinition } from './event-definition.ts'

/** Where the way to the newest version begins. */
function oldestVersion({ version, upcast }: EventDefinition): number {
  // Without gaps, so there are as many upcasters as versions below the newest.
  return version - Object.keys(upcast ?? {}).length
}

/** Whether a definition reads events of a version: its own, or one that its upcasters lead on from. */
export function readsVersion(definition: EventDefinition, version: number): boolean {
  return version === definition.version || (version < definition.version && version >= oldestVersion(definition))
}

/** `version 2`, `versions 1 to 3`. */
export function knownVersions(definition: EventDefinition): string {
  const oldest = oldestVersion(definition)
  return oldest === definition.version ? `version ${oldest}` : `versions ${oldest} to ${definition.version}`
}
