import type { ClusterOptions } from '@ledgerbus/audit-log'
import type { EventDefinition } from '@ledgerbus/core'
import type { ReplayTransform } from '@ledgerbus/replay'
import { z } from 'zod'

/** What stands in `ledgerbus.config.ts`. No passwords: the file is committed, they come from the environment. */
export interface ProjectConfig {
  /** The definitions this project publishes and handles. */
  readonly events?: readonly EventDefinition[]
  readonly kafka?: {
    readonly brokers?: readonly string[]
    readonly clientId?: string
    readonly ssl?: boolean
    readonly sasl?: { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string }
  }
  readonly clickhouse?: {
    readonly url?: string
    readonly user?: string
    readonly database?: string
    readonly tablePrefix?: string
    /** Where ClickHouse has more than one node. */
    readonly cluster?: ClusterOptions
    /** For readers: whose entries alone may be seen; refused where row policies do not say so. */
    readonly organization?: string
  }
  readonly schemaRegistry?: { readonly url: string }
  readonly sink?: { readonly topics?: readonly string[]; readonly groupId?: string }
  readonly replay?: {
    /** By the name that `--transform` takes; only in a file that is a program. */
    readonly transforms?: Readonly<Record<string, ReplayTransform>>
    /** The topics that replays may publish to, as names or patterns, `*` for any characters. @default any */
    readonly allowedTargets?: readonly string[]
    /** Most entries that a replay may publish; `--max-entries` may allow fewer. @default any number */
    readonly maxEntries?: number
  }
}

/** Types the project file: `export default defineConfig({ events: [OrderCreated] })`. */
export function defineConfig(config: ProjectConfig): ProjectConfig {
  return config
}

const text = z.string().min(1)
const definition = z.custom<EventDefinition>(
  (value) => typeof value === 'object' && value !== null && 'name' in value && 'topic' in value && 'payload' in value,
  'must be what defineEvent returns',
)

const transform = z.custom<ReplayTransform>((value) => typeof value === 'function', 'must be a function')

const schema = z.strictObject({
  events: z.array(definition).optional(),
  kafka: z
    .strictObject({
      brokers: z.array(text).min(1).optional(),
      clientId: text.optional(),
      ssl: z.boolean().optional(),
      sasl: z
        .strictObject({ mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']), username: text })
        .optional(),
    })
    .optional(),
  clickhouse: z
    .strictObject({
      url: z.url().optional(),
      user: text.optional(),
      database: text.optional(),
      tablePrefix: text.optional(),
      cluster: z
        .strictObject({
          name: text,
          replication: z.enum(['keeper', 'none', 'shared']).optional(),
          shards: z.array(z.url()).min(1).optional(),
          keeperPath: text.optional(),
          replica: text.optional(),
          quorum: z.enum(['parallel', 'sequential']).optional(),
        })
        .optional(),
      organization: text.optional(),
    })
    .optional(),
  schemaRegistry: z.strictObject({ url: z.url() }).optional(),
  sink: z.strictObject({ topics: z.array(text).min(1).optional(), groupId: text.optional() }).optional(),
  replay: z
    .strictObject({
      transforms: z.record(text, transform).optional(),
      allowedTargets: z.array(text).optional(),
      maxEntries: z.int().positive().optional(),
    })
    .optional(),
})

/** The checked config, or what is wrong with it, a sentence a problem. */
export function checkProjectConfig(
  value: unknown,
): { readonly config: ProjectConfig } | { readonly problems: readonly string[] } {
  const parsed = schema.safeParse(value)
  // The value itself, not zod's copy: definitions are frozen and compared by identity.
  if (parsed.success) return { config: value as ProjectConfig }
  return { problems: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`) }
}
