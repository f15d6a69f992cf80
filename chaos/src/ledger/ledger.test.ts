import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createLedger, machineMs } from './create-ledger.ts'
import type { LedgerEvent } from './ledger-event.ts'
import { readLines } from './read-lines.ts'

it('keeps what was written before a process went away, and goes on behind it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ledgerbus-ledger-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'm.jsonl')
  const before = machineMs()

  createLedger(file, 'm').add({ kind: 'started', pid: 1 })
  const again = createLedger(file, 'm')
  again.add({ kind: 'leaving' })
  again.close()

  const events: LedgerEvent[] = []
  for await (const event of readLines<LedgerEvent>(file)) events.push(event)
  expect(events).toMatchObject([{ by: 'm', kind: 'started', pid: 1 }, { kind: 'leaving' }])
  expect(events.map(({ monotonicMs }) => monotonicMs)).toEqual(
    events.map(({ monotonicMs }) => monotonicMs).toSorted((left, right) => left - right),
  )
  expect(events[0]?.monotonicMs).toBeGreaterThanOrEqual(before)
})
