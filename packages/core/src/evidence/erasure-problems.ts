import type { EraseOptions, ErasureSelection } from '../ports/audit-erasure.ts'

const longestReason = 1_000
const longestName = 200

/** What keeps a selection from being erased, each in a sentence. A selection that only times, names or topics bound would take everybody's entries. */
export function erasureSelectionProblems(selection: ErasureSelection): readonly string[] {
  const { eventIds, entityId, actorId, organizationId, correlationId, entityType, actorType } = selection
  const isBounded = [entityId, actorId, organizationId, correlationId].some((text) => text !== undefined)
  return [
    ...(isBounded || (eventIds !== undefined && eventIds.length > 0)
      ? []
      : ['name what to erase: event ids, an entity, an actor, an organization or a correlation']),
    ...(entityId !== undefined && entityType === undefined ? ['an entity needs its type as well'] : []),
    ...(actorId !== undefined && actorType === undefined ? ['an actor needs its type as well'] : []),
  ]
}

/** What is missing from the word that is left of erased entries, each in a sentence. */
export function eraseOptionsProblems({ reason, by }: Pick<EraseOptions, 'reason' | 'by'>): readonly string[] {
  return [
    ...(reason.trim() === '' || reason.length > longestReason
      ? [`a reason of 1 to ${longestReason} characters is needed`]
      : []),
    ...(by.trim() === '' || by.length > longestName
      ? [`by must name who asked, in 1 to ${longestName} characters`]
      : []),
  ]
}
