import { type ErrorFacts, LedgerbusError } from '@ledgerbus/core'

/** Something between a value and its schema, or between us and the registry. */
export class SchemaRegistryError extends LedgerbusError {
  /** The id of the schema, where it is about one. */
  readonly schemaId: number | undefined
  /** Where the value does not fit its schema. */
  readonly paths: readonly string[]

  constructor(message: string, facts: ErrorFacts & { readonly schemaId?: number; readonly paths?: readonly string[] }) {
    super(message, facts)
    this.schemaId = facts.schemaId
    this.paths = facts.paths ?? []
  }
}
