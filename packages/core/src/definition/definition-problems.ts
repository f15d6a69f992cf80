import type { z } from 'zod'
import { checkPayloadStrictly, payloadParts } from '../envelope/payload-check.ts'
import { textProblem } from '../envelope/text-rules.ts'
import { eventNameProblem } from './event-name.ts'
import { schemaProblems } from './schema-rules.ts'
import { topicProblems } from './topic-rules.ts'
import { upcasterProblems } from './upcaster-problems.ts'

const optionNames: ReadonlySet<string> = new Set([
  'version',
  'description',
  'requireActor',
  'requireEntity',
  'payload',
  'topic',
  'entityType',
  'action',
  'key',
  'upcast',
  'example',
])

/** Everything that is wrong with a definition, a sentence each; the example last, since it needs sound schemas. */
export function definitionProblems(name: unknown, given: unknown): string[] {
  const nameProblem = eventNameProblem(name)
  const problems = nameProblem === undefined ? [] : [nameProblem]
  if (typeof given !== 'object' || given === null) return [...problems, 'options: must be an object']
  const options = given as Readonly<Record<string, unknown>>
  for (const option of Object.keys(options)) {
    if (!optionNames.has(option)) problems.push(`${option}: is no option of defineEvent`)
  }
  const { version, description } = options
  if (!Number.isInteger(version) || (version as number) < 1 || (version as number) > 65_535) {
    problems.push('version: must be an integer from 1 to 65535')
  }
  if (typeof description !== 'string' || description.trim() === '') {
    problems.push('description: must say in a sentence what happened')
  }
  for (const option of ['requireActor', 'requireEntity']) {
    if (options[option] !== undefined && typeof options[option] !== 'boolean') {
      problems.push(`${option}: must be true or false`)
    }
  }
  for (const option of ['entityType', 'action']) {
    const problem = options[option] === undefined ? undefined : textProblem(options[option])
    if (problem !== undefined) problems.push(`${option}: ${problem}`)
  }
  if (options['key'] !== undefined && typeof options['key'] !== 'function') {
    problems.push('key: must be a function of the event')
  }
  if (options['topic'] !== undefined) problems.push(...topicProblems(options['topic']))
  if (options['upcast'] !== undefined) problems.push(...upcasterProblems(options['upcast'], version))
  return [...problems, ...payloadProblems(options['payload'], options['example'])]
}

function payloadProblems(payload: unknown, example: unknown): string[] {
  if (typeof payload !== 'object' || payload === null) {
    return ['payload: must be an object with schemas for before, after or extra']
  }
  const problems: string[] = []
  for (const [part, schema] of Object.entries(payload as Readonly<Record<string, unknown>>)) {
    if (!payloadParts.some((known) => known === part)) {
      problems.push(`payload.${part}: a payload has the parts before, after and extra`)
    } else if (schema !== undefined && !isSchema(schema)) {
      problems.push(`payload.${part}: must be a zod 4 schema`)
    } else if (schema !== undefined) {
      problems.push(...schemaProblems(`payload.${part}`, schema))
    }
  }
  if (problems.length > 0 || example === undefined) return problems
  const checked = checkPayloadStrictly(payload, example)
  if (checked.kind === 'ok') return []
  return checked.issues.map(({ path, message }) => `${path.replace(/^payload/, 'example')}: ${message}`)
}

function isSchema(value: unknown): value is z.ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value && 'safeParse' in value
}
