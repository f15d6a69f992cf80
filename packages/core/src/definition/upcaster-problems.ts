import { isPlainObject } from '../envelope/json-value.ts'

const wholeNumber = /^[1-9]\d{0,8}$/

/** What is wrong with the upcasters of a definition. Without gaps up to the newest version; where they begin is free, since very old events may be gone. */
export function upcasterProblems(upcast: unknown, version: unknown): string[] {
  // Only an object shows its members as own keys: those of a map would pass unseen.
  if (!isPlainObject(upcast)) return ['upcast: must be an object of functions, by the version that they upcast from']
  const newest = Number.isInteger(version) && (version as number) >= 1 ? (version as number) : undefined
  const problems: string[] = []
  const versions: number[] = []
  for (const [key, upcaster] of Object.entries(upcast)) {
    if (!wholeNumber.test(key)) problems.push(`upcast.${key}: must be the version that it upcasts from, such as 1`)
    else if (newest !== undefined && Number(key) >= newest) {
      problems.push(`upcast.${key}: the newest version is ${newest}, and upcasters lead on from those below it`)
    } else versions.push(Number(key))
    const problem = functionProblem(upcaster)
    if (problem !== undefined) problems.push(`upcast.${key}: ${problem}`)
  }
  return newest === undefined ? problems : [...problems, ...gapProblems(versions, newest)]
}

function functionProblem(upcaster: unknown): string | undefined {
  if (typeof upcaster !== 'function') return 'must be a function of the payload'
  const kind = Object.prototype.toString.call(upcaster)
  return kind === '[object Function]' ? undefined : 'must be synchronous and return the payload'
}

function gapProblems(versions: readonly number[], newest: number): string[] {
  const sorted = versions.toSorted((a, b) => a - b)
  return sorted.flatMap((version, index) => {
    const next = sorted[index + 1] ?? newest
    if (next === version + 1) return []
    const gap = next === version + 2 ? `version ${version + 1}` : `versions ${version + 1} to ${next - 1}`
    return [`upcast: has a gap, nothing leads on from ${gap}`]
  })
}
