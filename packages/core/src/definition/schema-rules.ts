import type { z } from 'zod'

type Def = z.core.$ZodTypes['_zod']['def']

/** Values that JSON has no form for, and what to write in their place. */
const notJson: Readonly<Record<string, string>> = {
  bigint: 'JSON has no bigint; write z.string() with a check, such as z.string().regex(/^\\d+$/)',
  date: 'JSON has no dates; write z.iso.datetime()',
  file: 'JSON has no files',
  function: 'JSON has no functions',
  map: 'JSON has no maps; write z.record()',
  nan: 'JSON has no NaN',
  promise: 'events are checked synchronously; promises cannot be part of them',
  set: 'JSON has no sets; write z.array()',
  symbol: 'JSON has no symbols',
}

/** Schemas whose output differs from what they take, so that the published value would not be what was given. */
const changing: Readonly<Record<string, string>> = {
  catch:
    'catch() replaces a wrong value in silence; use optional() or default(), or a union that names what is accepted',
  success: 'success() replaces the value by a boolean',
  transform: 'transforms are not supported: what is published must be what the handler gets; transform in the handler',
}

/**
 * What in a schema cannot describe an event: one sentence a problem, with its path. Reads the schema's structure, so a refinement's code and
 * what `z.custom()`, `z.any()` let through are seen only when a value is checked.
 */
export function schemaProblems(path: string, schema: z.core.$ZodType): string[] {
  const problems: string[] = []
  const seen = new Set<z.core.$ZodType>()
  visit(path, schema)
  return problems

  function visit(at: string, current: z.core.$ZodType): void {
    if (seen.has(current)) return
    seen.add(current)
    const def = current._zod.def as Def
    const reason = notJson[def.type] ?? changing[def.type]
    if (reason !== undefined) {
      problems.push(`${at}: ${reason}`)
      return
    }
    if (hasAsyncCheck(current)) problems.push(`${at}: the refinement is async; events are checked synchronously`)
    if (def.type === 'pipe' && isCodec(def)) {
      problems.push(`${at}: ${changing['transform']}`)
      return
    }
    if (def.type === 'literal' && def.values.some((value) => typeof value === 'bigint')) {
      problems.push(`${at}: ${notJson['bigint']}`)
    }
    for (const [step, inner] of readInner(at, def)) visit(`${at}${step}`, inner)
  }

  /** `z.lazy()` and getters in an object run the user's code, which may refer to what does not exist yet. */
  function readInner(at: string, def: Def): InnerSchema[] {
    try {
      return innerSchemas(def)
    } catch (error) {
      problems.push(`${at}: cannot be read (${String(error)}); declare what it refers to before the event`)
      return []
    }
  }
}

/** A codec is a pipe with a transform of its own. */
function isCodec(def: object): boolean {
  return 'transform' in def && typeof def.transform === 'function'
}

function hasAsyncCheck(schema: z.core.$ZodType): boolean {
  const own = schema._zod.def.type === 'custom' ? [schema._zod.def] : []
  const checks = (schema._zod.def.checks ?? []).map((check) => check._zod.def)
  return [...own, ...checks].some((def) => 'fn' in def && isAsyncFunction(def.fn))
}

function isAsyncFunction(value: unknown): boolean {
  return typeof value === 'function' && Object.prototype.toString.call(value) === '[object AsyncFunction]'
}

type InnerSchema = readonly [step: string, schema: z.core.$ZodType]

/** The schemas inside a schema, each with its step of the path. */
function innerSchemas(def: Def): InnerSchema[] {
  switch (def.type) {
    case 'object': {
      const members = Object.entries(def.shape).map(([key, member]) => [`.${key}`, member] as const)
      return def.catchall === undefined ? members : [...members, ['.*', def.catchall]]
    }
    case 'array':
      return [['[]', def.element]]
    case 'tuple': {
      const items = def.items.map((item, index) => [`[${index}]`, item] as const)
      return def.rest === null ? items : [...items, ['[]', def.rest]]
    }
    case 'record':
      return [
        ['.*', def.keyType],
        ['.*', def.valueType],
      ]
    case 'union':
      return def.options.map((option) => ['', option] as const)
    case 'intersection':
      return [
        ['', def.left],
        ['', def.right],
      ]
    case 'pipe':
      return [
        ['', def.in],
        ['', def.out],
      ]
    case 'lazy':
      return [['', def.getter()]]
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'readonly':
      return [['', def.innerType]]
    default:
      return []
  }
}
