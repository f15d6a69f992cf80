import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Environment variables as the process has them. */
export type Variables = Readonly<Record<string, string | undefined>>

const list = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .refine((parts) => parts.length > 0, 'is empty')
const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')
const url = z.url({ protocol: /^https?$/u, error: 'must be an http or https address' }).refine(hasNoCredentials, {
  error: 'must not hold a user or password; they have variables of their own',
})

/** What the variables say. Absent: not set. */
export interface Environment {
  readonly KAFKA_BROKERS?: readonly string[] | undefined
  readonly KAFKA_CLIENT_ID?: string | undefined
  readonly KAFKA_SSL?: boolean | undefined
  readonly KAFKA_SASL_MECHANISM?: 'plain' | 'scram-sha-256' | 'scram-sha-512' | undefined
  readonly KAFKA_SASL_USERNAME?: string | undefined
  readonly KAFKA_SASL_PASSWORD?: string | undefined
  readonly KAFKA_SASL_UNSAFE_PLAIN_WITHOUT_TLS?: boolean | undefined
  readonly CLICKHOUSE_URL?: string | undefined
  readonly CLICKHOUSE_USER?: string | undefined
  readonly CLICKHOUSE_PASSWORD?: string | undefined
  readonly CLICKHOUSE_DATABASE?: string | undefined
  readonly CLICKHOUSE_CLUSTER?: string | undefined
  readonly CLICKHOUSE_SHARDS?: readonly string[] | undefined
  readonly CLICKHOUSE_REPLICATION?: 'keeper' | 'none' | 'shared' | undefined
  readonly CLICKHOUSE_QUORUM?: 'parallel' | 'sequential' | undefined
  readonly LEDGERBUS_ORGANIZATION?: string | undefined
  readonly SCHEMA_REGISTRY_URL?: string | undefined
  readonly LEDGERBUS_CONFIG?: string | undefined
  readonly LEDGERBUS_SINK_TOPICS?: readonly string[] | undefined
  readonly LEDGERBUS_SINK_GROUP?: string | undefined
  readonly LEDGERBUS_SEAL_KEY?: string | undefined
  readonly LEDGERBUS_SEAL_PUBLIC_KEY?: string | undefined
  readonly LEDGERBUS_LOG_LEVEL?: 'debug' | 'info' | 'warn' | 'error' | 'silent' | undefined
}

/** The variables the command reads; everything else in the environment is none of its business. */
const schema = z.object({
  KAFKA_BROKERS: list.optional(),
  KAFKA_CLIENT_ID: z.string().optional(),
  KAFKA_SSL: flag.optional(),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'must be plain, scram-sha-256 or scram-sha-512')
    .optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  KAFKA_SASL_UNSAFE_PLAIN_WITHOUT_TLS: flag.optional(),
  CLICKHOUSE_URL: url.optional(),
  CLICKHOUSE_USER: z.string().optional(),
  CLICKHOUSE_PASSWORD: z.string().optional(),
  CLICKHOUSE_DATABASE: z.string().optional(),
  CLICKHOUSE_CLUSTER: z.string().optional(),
  CLICKHOUSE_SHARDS: list.pipe(z.array(url)).optional(),
  CLICKHOUSE_REPLICATION: z.enum(['keeper', 'none', 'shared'], 'must be keeper, none or shared').optional(),
  CLICKHOUSE_QUORUM: z.enum(['parallel', 'sequential'], 'must be parallel or sequential').optional(),
  LEDGERBUS_ORGANIZATION: z.string().optional(),
  SCHEMA_REGISTRY_URL: url.optional(),
  LEDGERBUS_CONFIG: z.string().optional(),
  LEDGERBUS_SINK_TOPICS: list.optional(),
  LEDGERBUS_SINK_GROUP: z.string().optional(),
  LEDGERBUS_SEAL_KEY: z.string().optional(),
  LEDGERBUS_SEAL_PUBLIC_KEY: z.string().optional(),
  LEDGERBUS_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
} satisfies Record<keyof Environment, z.ZodType>)

const secrets = [
  'KAFKA_SASL_PASSWORD',
  'CLICKHOUSE_PASSWORD',
  'LEDGERBUS_SEAL_KEY',
  'LEDGERBUS_SEAL_PUBLIC_KEY',
] as const

/** What the environment says, and what is wrong with it: a sentence a variable, without its value. */
export function readEnvironment(env: Variables): { readonly environment: Environment; readonly problems: string[] } {
  const { values, problems } = withSecretFiles(env)
  const parsed = schema.safeParse(values)
  if (parsed.success) return { environment: parsed.data, problems }
  const more = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
  return { environment: {}, problems: [...problems, ...more] }
}

function withSecretFiles(env: Variables): { values: Record<string, string>; problems: string[] } {
  const problems: string[] = []
  // An empty variable is how compose files and shells say "not set".
  const set = Object.keys(schema.shape).flatMap((name) => {
    const value = env[name]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  const values: Record<string, string> = Object.fromEntries(set)
  for (const name of secrets) {
    const file = env[`${name}_FILE`]
    if (file === undefined || file === '') continue
    if (values[name] !== undefined) {
      problems.push(`${name} and ${name}_FILE are both set; leave one out`)
      continue
    }
    try {
      values[name] = readFileSync(file, 'utf8').replace(/\r?\n$/u, '')
    } catch (error) {
      problems.push(`${name}_FILE cannot be read (${errorCode(error)})`)
    }
  }
  return { values, problems }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
}

function hasNoCredentials(text: string): boolean {
  // What is no address at all has its own problem; zod asks here all the same.
  if (!URL.canParse(text)) return true
  const { username, password } = new URL(text)
  return username === '' && password === ''
}
