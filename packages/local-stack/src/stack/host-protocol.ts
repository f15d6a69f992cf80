import type { LocalServerName } from '../check-local-stack.ts'
import type { LocalStackErrorCode } from '../local-stack-error.ts'

/** What a host is to start. */
export interface HostPlan {
  /** The `.stack` folder of the workspace. */
  readonly folder: string
  readonly brokers: 1 | 3
  readonly servers: readonly LocalServerName[]
  /** Ports of the last time, so that addresses in somebody's settings stay valid. */
  readonly preferred: {
    readonly kafka: readonly number[]
    readonly clickhouse: number | undefined
    readonly schemaRegistry: number | undefined
  }
}

/** Host to the command that started it. */
export type FromHost =
  | { readonly kind: 'progress'; readonly line: string }
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'failed'
      readonly code: LocalStackErrorCode | undefined
      readonly message: string
      readonly environment: boolean
    }
