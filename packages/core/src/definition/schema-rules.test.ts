import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { schemaProblems } from './schema-rules.ts'

function problems(schema: z.ZodType): string[] {
  return schemaProblems('payload.after', schema)
}

describe('the schema of a payload part', () => {
  const Category: z.ZodType = z.object({
    name: z.string(),
    get children() {
      return z.array(Category)
    },
  })

  it.each([
    [
      'an object with every plain kind',
      z.object({ a: z.string(), b: z.number(), c: z.boolean(), d: z.null(), e: z.enum(['x']) }),
    ],
    ['formats', z.object({ id: z.uuid(), at: z.iso.datetime(), mail: z.email(), url: z.url(), n: z.int() })],
    [
      'optional, nullable, default, prefault, readonly',
      z.object({
        a: z.string().optional().nullable(),
        b: z.number().default(1).readonly(),
        c: z.string().prefault(''),
      }),
    ],
    [
      'arrays, tuples, records',
      z.object({ a: z.array(z.string()), b: z.tuple([z.string()], z.number()), c: z.record(z.string(), z.number()) }),
    ],
    [
      'unions, discriminated unions, intersections',
      z.intersection(
        z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]),
        z.object({ c: z.discriminatedUnion('t', [z.object({ t: z.literal('x') })]) }),
      ),
    ],
    [
      'loose and strict objects, catchall',
      z.object({ a: z.looseObject({}), b: z.strictObject({}), c: z.object({}).catchall(z.string()) }),
    ],
    [
      'unknown, any, custom, instanceof, which are checked value by value',
      z.object({ a: z.unknown(), b: z.any(), c: z.custom<string>(), d: z.instanceof(Date) }),
    ],
    [
      'refinements that are synchronous',
      z
        .string()
        .refine((text) => text !== '')
        .superRefine(() => undefined),
    ],
    ['trimming and coercion', z.object({ a: z.string().trim().toLowerCase(), b: z.coerce.number() })],
    ['a pipe of plain schemas', z.string().pipe(z.email())],
    ['template literals', z.templateLiteral(['o-', z.number()])],
    ['JSON', z.json()],
    ['recursion', Category],
  ])('may be %s', (_what, schema) => {
    expect(problems(schema)).toEqual([])
  })

  it.each([
    ['z.date()', z.date(), 'z.iso.datetime()'],
    ['z.coerce.date()', z.coerce.date(), 'z.iso.datetime()'],
    ['z.bigint()', z.bigint(), 'z.string()'],
    ['z.map()', z.map(z.string(), z.string()), 'z.record()'],
    ['z.set()', z.set(z.string()), 'z.array()'],
    ['z.symbol()', z.symbol(), 'symbols'],
    ['z.nan()', z.nan(), 'NaN'],
    ['z.promise()', z.promise(z.string()), 'synchronously'],
    ['z.file()', z.file(), 'files'],
    ['a bigint literal', z.literal(1n), 'bigint'],
  ])('must not be %s, since JSON cannot carry it', (_what, schema, remedy) => {
    expect(problems(schema)).toEqual([expect.stringContaining(remedy)])
  })

  it.each([
    ['transform()', z.string().transform(Number)],
    ['preprocess()', z.preprocess(String, z.string())],
    ['codec()', z.codec(z.string(), z.number(), { decode: Number, encode: String })],
    ['stringbool()', z.stringbool()],
  ])('must not use %s, since what is published must be what the handler gets', (_what, schema) => {
    expect(problems(schema)).toEqual([expect.stringContaining('transforms are not supported')])
  })

  it('must not use catch(), which would publish something else in silence', () => {
    expect(problems(z.number().catch(0))).toEqual([
      expect.stringContaining('catch() replaces a wrong value in silence'),
    ])
  })

  it('must not have an async refinement', () => {
    expect(problems(z.string().refine(async () => true))).toEqual([
      'payload.after: the refinement is async; events are checked synchronously',
    ])
    expect(problems(z.custom(async () => true))).toHaveLength(1)
  })

  it('is searched to its depth, with the path of what was found', () => {
    const schema = z.object({
      at: z.date().optional(),
      lines: z.array(z.object({ price: z.bigint().nullable() })),
      tags: z.record(z.string(), z.set(z.string())),
      pair: z.tuple([z.string(), z.date()]),
      either: z.union([z.string(), z.map(z.string(), z.string())]),
      late: z.lazy(() => z.symbol()),
      rest: z.object({}).catchall(z.nan()),
    })
    expect(problems(schema).map((problem) => problem.slice(0, problem.indexOf(':')))).toEqual([
      'payload.after.at',
      'payload.after.lines[].price',
      'payload.after.tags.*',
      'payload.after.pair[1]',
      'payload.after.either',
      'payload.after.late',
      'payload.after.rest.*',
    ])
  })

  it('is reported when it refers to what does not exist yet', () => {
    const schema = z.object({ later: z.lazy((): z.ZodType => declaredBelow) })
    expect(problems(schema)).toEqual([expect.stringMatching(/^payload\.after\.later: cannot be read \(ReferenceError/)])
    const declaredBelow = z.string()
  })
})
