import { beforeAll, describe, expect, it } from 'vitest'
import { type Files, type Finding, importFindings, inSmallWorkspace, lintFindings } from './small-workspace.ts'

/** One wrong file a rule: which rule forbids it, where it stands, what it says. */
type WrongFile = readonly [rule: string, file: string, text: string]

const toolTimeoutMs = 60_000

/** Put together here, so that this file does not itself contain what it must not. */
const banned = {
  comment: ['TO', 'DO'].join(''),
  directive: ['ig', 'nore'].join(''),
  focus: ['on', 'ly'].join(''),
  pause: ['sk', 'ip'].join(''),
}

describe('the import rules', () => {
  const wrong: readonly WrongFile[] = [
    ['core-imports-only-its-row', 'packages/core/src/wrong.ts', `import '@ledgerbus/context'`],
    ['context-imports-only-its-row', 'packages/context/src/wrong.ts', `import '@ledgerbus/producer'`],
    ['filter-imports-only-its-row', 'packages/filter/src/wrong.ts', `import '@ledgerbus/context'`],
    ['kafka-imports-only-its-row', 'packages/kafka/src/wrong.ts', `import '@ledgerbus/context'`],
    ['producer-imports-only-its-row', 'packages/producer/src/wrong.ts', `import '@ledgerbus/kafka'`],
    ['consumer-imports-only-its-row', 'packages/consumer/src/wrong.ts', `import '@ledgerbus/producer'`],
    ['audit-log-imports-only-its-row', 'packages/audit-log/src/wrong.ts', `import '@ledgerbus/kafka'`],
    ['audit-sink-imports-only-its-row', 'packages/audit-sink/src/wrong.ts', `import '@ledgerbus/consumer'`],
    ['replay-imports-only-its-row', 'packages/replay/src/wrong.ts', `import '@ledgerbus/producer'`],
    ['testkit-imports-only-its-row', 'packages/testkit/src/wrong.ts', `import '@ledgerbus/local-stack'`],
    ['local-stack-imports-only-its-row', 'packages/local-stack/src/wrong.ts', `import '@ledgerbus/core'`],
    ['cli-imports-only-its-row', 'packages/cli/src/wrong.ts', `import '../../../examples/orders/src/main.ts'`],
    ['stack-imports-only-the-servers', 'packages/testkit/src/stack/wrong.ts', `import '@ledgerbus/kafka'`],
    ['core-never-imports-testkit', 'packages/core/src/wrong.test.ts', `import '@ledgerbus/testkit'`],
    ['core-knows-no-node-module', 'packages/core/src/node.ts', `import type {} from 'node:fs'`],
    [
      'one-owner-of-kafkajs',
      'packages/producer/src/raw.ts',
      `import type { Kafka } from 'kafkajs'\nexport type { Kafka }`,
    ],
    [
      'one-owner-of-@kafkajs/confluent-schema-registry',
      'packages/cli/src/registry.ts',
      `import '@kafkajs/confluent-schema-registry'`,
    ],
    ['one-owner-of-@clickhouse/client', 'packages/replay/src/sql.ts', `import '@clickhouse/client'`],
    ['one-owner-of-umzug', 'packages/cli/src/migrate.ts', `import 'umzug'`],
    ['one-owner-of-uuid', 'packages/core/src/ids.ts', `import 'uuid'`],
    ['one-owner-of-@marcbachmann/cel-js', 'packages/consumer/src/cel.ts', `import '@marcbachmann/cel-js'`],
    ['one-owner-of-re2js', 'packages/audit-log/src/re2.ts', `import 're2js'`],
    ['one-owner-of-testcontainers', 'packages/testkit/src/containers.ts', `import 'testcontainers'`],
    ['one-owner-of-chdb', 'packages/testkit/src/stack/chdb.ts', `import 'chdb'`],
    ['one-owner-of-ffi-rs', 'packages/cli/src/ffi.ts', `import 'ffi-rs'`],
    ['no-deep-import', 'packages/producer/src/deep.ts', `import '../../core/src/one.ts'`],
    ['no-path-to-another-package', 'packages/producer/src/path.ts', `import '../../core/src/index.ts'`],
    ['inside-a-package-import-the-file', 'packages/kafka/src/index-user.ts', `import './index.ts'`],
    [
      'no-circle',
      'packages/kafka/src/circle.ts',
      `import type { other } from './circle-too.ts'\nexport type circle = other`,
    ],
    ['no-orphan', 'packages/kafka/src/orphan.ts', `export const orphan = 1`],
    ['declared-dependency', 'packages/kafka/src/undeclared.ts', `import 'undeclared'`],
    ['resolvable', 'packages/kafka/src/absent.ts', `import './there-is-no-such-file.ts'`],
    ['no-dev-dependency-in-what-is-published', 'packages/kafka/src/dev.ts', `import 'dev-only'`],
    ['no-test-in-what-is-published', 'packages/kafka/src/uses-a-test.ts', `import './some.test.ts'`],
  ]
  const besides: Files = {
    'packages/kafka/src/circle-too.ts': `import type { circle } from './circle.ts'\nexport type other = circle`,
    'packages/kafka/src/some.test.ts': `export const some = 1`,
    'node_modules/undeclared/package.json': `{ "name": "undeclared", "main": "index.js" }`,
    'node_modules/undeclared/index.js': '',
  }
  const right: Files = {
    'packages/cli/src/right.ts': `import '@ledgerbus/core'\nimport '@ledgerbus/kafka'\nimport 'node:fs'`,
    'packages/consumer/src/right.ts': `import '@ledgerbus/filter'\nimport './one.ts'`,
    'packages/producer/src/right.ts': `import '@ledgerbus/context'\nimport './one.ts'`,
    'packages/producer/src/right.test.ts': `import '@ledgerbus/testkit'\nimport '@ledgerbus/kafka'`,
    'packages/kafka/src/right.ts': `import 'kafkajs'\nimport type { one } from '@ledgerbus/core'\nexport type { one }`,
    'packages/testkit/src/stack/right.ts': `import 'testcontainers'\nimport '@ledgerbus/local-stack'`,
    'packages/core/src/defaults/right.ts': `import 'uuid'`,
    'examples/orders/src/right.ts': `import '@ledgerbus/testkit'\nimport '@ledgerbus/replay'`,
  }
  let findings: readonly Finding[]
  beforeAll(async () => {
    findings = await inSmallWorkspace({ ...asFiles(wrong), ...besides, ...right }, importFindings)
  }, toolTimeoutMs)

  it.each(wrong)('%s forbids %s', (rule, file) => {
    expect(rulesThatForbid(file, findings)).toContain(rule)
  })

  it.each(Object.keys(right))('allow %s', (file) => {
    expect(rulesThatForbid(file, findings)).toEqual([])
  })
})

describe('the lint rules', () => {
  const wrong: readonly WrongFile[] = [
    ['no-process-env', 'packages/kafka/src/environment.ts', `export const home = process.env['HOME']`],
    ['no-process-env', 'packages/kafka/src/environment.test.ts', `export const home = process.env['HOME']`],
    ['no-console', 'packages/kafka/src/console.ts', `console.log('hello')`],
    ['no-ambient-effects', 'packages/kafka/src/now.ts', `export const now = Date.now()`],
    ['no-ambient-effects', 'packages/kafka/src/new-date.ts', `export const now = new Date()`],
    ['no-ambient-effects', 'packages/kafka/src/global-date.ts', `export const now = new globalThis.Date()`],
    ['no-ambient-effects', 'packages/kafka/src/timer.ts', `export const timer = setTimeout(() => undefined, 5)`],
    ['no-ambient-effects', 'packages/kafka/src/deadline.ts', `export const deadline = AbortSignal.timeout(5)`],
    ['no-ambient-effects', 'packages/kafka/src/random.ts', `export const random = Math.random()`],
    [
      'no-ambient-effects',
      'packages/kafka/src/sleep.ts',
      `import { setTimeout as sleep } from 'node:timers/promises'\nexport { sleep }`,
    ],
    [
      'no-ambient-effects',
      'packages/kafka/src/uuid.ts',
      `import { randomUUID } from 'node:crypto'\nexport { randomUUID }`,
    ],
    ['no-explicit-any', 'packages/kafka/src/any.ts', `export const anything: any = 1`],
    [
      'no-unsafe-return',
      'packages/kafka/src/unsafe.ts',
      `export function unsafe(text: string): number {\n  return JSON.parse(text)\n}`,
    ],
    [
      'no-floating-promises',
      'packages/kafka/src/floating.ts',
      `export async function later(): Promise<void> {}\nlater()`,
    ],
    [
      'no-misused-promises',
      'packages/kafka/src/misused.ts',
      `export async function later(): Promise<boolean> {\n  return true\n}\nif (later()) later satisfies unknown`,
    ],
    [
      'switch-exhaustiveness-check',
      'packages/kafka/src/switch.ts',
      `export function f(kind: 'ok' | 'unknown'): void {\n  switch (kind) {\n    case 'ok':\n  }\n}`,
    ],
    ['no-empty', 'packages/kafka/src/swallow.ts', `try {\n  JSON.parse('')\n} catch {}`],
    ['no-warning-comments', 'packages/kafka/src/later.ts', `// ${banned.comment}: later\nexport {}`],
    ['ban-ts-comment', 'packages/kafka/src/ignore.ts', `// @ts-${banned.directive}\nexport const text: string = 1`],
    [
      'no-focused-tests',
      'packages/kafka/src/focused.test.ts',
      `import { it } from 'vitest'\nit.${banned.focus}('works', () => undefined)`,
    ],
    [
      'no-disabled-tests',
      'packages/kafka/src/disabled.test.ts',
      `import { it } from 'vitest'\nit.${banned.pause}('works', () => undefined)`,
    ],
  ]
  const right: Files = {
    'packages/kafka/src/conversion.ts': `export const text = new Date(5).toISOString()\n`,
    'packages/kafka/src/timer.test.ts': `export const timer = setTimeout(() => undefined, 5)\n`,
    'packages/core/src/defaults/clock.ts': `export const nowMs = (): number => Date.now()\n`,
    'packages/cli/src/edge.ts': `export const home = process.env['HOME']\nconsole.log(Date.now())\n`,
    'packages/testkit/src/stack/addresses.ts': `export const brokers = process.env['KAFKA_BROKERS']\n`,
  }
  const node = 'declare const process: { readonly env: Readonly<Record<string, string>> }\n'
  const besides: Files = Object.fromEntries(
    ['kafka', 'cli', 'testkit'].map((name) => [`packages/${name}/src/node.d.ts`, node]),
  )
  let findings: readonly Finding[]
  beforeAll(async () => {
    findings = await inSmallWorkspace({ ...asFiles(wrong), ...besides, ...right }, lintFindings)
  }, toolTimeoutMs)

  it.each(wrong)('%s forbids %s', (rule, file) => {
    expect(rulesThatForbid(file, findings)).toContain(rule)
  })

  it.each(Object.keys(right))('allow %s', (file) => {
    expect(rulesThatForbid(file, findings)).toEqual([])
  })
})

function asFiles(wrong: readonly WrongFile[]): Files {
  return Object.fromEntries(wrong.map(([, file, text]) => [file, `${text}\n`]))
}

function rulesThatForbid(file: string, findings: readonly Finding[]): readonly string[] {
  // Nothing imports the files of this test; only the one that is to be found as an orphan is one on purpose.
  const onPurpose = file.endsWith('/orphan.ts')
  return findings
    .filter((finding) => finding.file === file && (onPurpose || finding.rule !== 'no-orphan'))
    .map((finding) => finding.rule)
}
