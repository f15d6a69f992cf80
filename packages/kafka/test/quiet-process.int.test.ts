import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { expect, it } from 'vitest'

const { kafkaBrokers } = stackAddresses()

it('a program that uses the adapter says nothing on stderr, and ends by itself', async () => {
  const program = fileURLToPath(new URL('quiet-program.ts', import.meta.url))
  // Node 22 still calls the types it strips an experiment.
  const flags = [
    '--conditions=@ledgerbus/source',
    '--disable-warning=ExperimentalWarning',
    '--unhandled-rejections=strict',
  ]

  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...flags, program, kafkaBrokers[0] ?? '', `quiet-${randomUUID()}`],
    { timeout: 50_000 },
  )

  expect(stderr).toBe('')
  expect(stdout).toBe('done')
})
