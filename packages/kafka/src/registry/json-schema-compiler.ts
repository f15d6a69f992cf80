import { Ajv, type Options } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** What the registry's client asks of a validator. */
export interface JsonSchemaCompiler {
  addSchema(schema: object, key?: string): JsonSchemaCompiler
  compile(schema: object): ReturnType<Ajv['compile']>
}

/** Formats are hints, unknown keywords are others' business: a record is judged by the structure of its schema. */
const options: Options = { strict: false, validateFormats: false, allErrors: true }

function draftOf(schema: object): typeof Ajv | typeof Ajv2019 | typeof Ajv2020 {
  const { $schema: draft = '' } = schema as { readonly $schema?: unknown }
  if (/draft-0[67]/.test(String(draft))) return Ajv
  return String(draft).includes('2019-09') ? Ajv2019 : Ajv2020
}

/**
 * Compiles each schema on its own: two versions of one schema bear the same `$id`, which one validator refuses. What names no draft is
 * read as 2020-12, as zod writes it.
 */
export function createJsonSchemaCompiler(): JsonSchemaCompiler {
  let references: { readonly schema: object; readonly key: string | undefined }[] = []
  const compiler: JsonSchemaCompiler = {
    addSchema(schema, key) {
      references.push({ schema, key })
      return compiler
    },
    compile(schema) {
      const validator = new (draftOf(schema))(options)
      for (const { schema: reference, key } of references) validator.addSchema(reference, key)
      references = []
      return validator.compile(schema)
    },
  }
  return compiler
}
