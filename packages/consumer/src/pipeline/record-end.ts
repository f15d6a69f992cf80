/** How a consumer ended with a record. */
export type RecordEnd =
  | { readonly kind: 'handled' }
  | { readonly kind: 'dead-lettered' }
  | { readonly kind: 'skipped'; readonly rule: string }
  /** Not finished and not to be: the group drains, or the partition is lost. It stays uncommitted and comes again. */
  | { readonly kind: 'left' }

/** Why a record, or one handler's share of it, is set aside. */
export interface Failure {
  readonly step: 'decode' | 'validate' | 'handle'
  /** `attempts-exhausted`, `budget-exhausted`, `fatal`, `classify-failed`. */
  readonly reason: string
  /** Empty when no handler was reached. */
  readonly handlerName: string
  /** Calls of the handler. */
  readonly attempts: number
  readonly error: unknown
}
