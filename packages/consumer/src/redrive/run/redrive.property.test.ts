import { type ConsumerRecord, headerText } from '@ledgerbus/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Death, Killed, killableBroker } from '@ledgerbus/testkit'
import {
  aRedriveWorld,
  deadLetterTopic,
  type LetterInput,
  originsOf,
  type RedriveWorld,
} from '../../../test/redrive-world.ts'
import type { Redrive } from '../create-redrive.ts'
import { RedriveError } from '../redrive-error.ts'

/** Letters in any order of failing, some of them written twice. */
const letters = fc
  .uniqueArray(
    fc.record({
      offset: fc.nat(10_000),
      key: fc.constantFrom('a', 'b', 'c', null),
      copies: fc.constantFrom(1, 1, 1, 2),
    }),
    {
      selector: ({ offset }) => offset,
      minLength: 1,
      maxLength: 14,
    },
  )
  .map((all) => all.map((letter): LetterInput & { copies: number } => ({ ...letter, partition: letter.offset % 3 })))

/** How each try ends: dies at a step, is in doubt about a commit, or runs through; and whether it plans anew. */
const tries = fc.array(
  fc.record({
    death: fc.record({
      step: fc.integer({ min: 1, max: 120 }),
      moment: fc.constantFrom<Death['moment'][]>('before', 'after'),
    }),
    doubt: fc.constantFrom('none', 'none', 'stored', 'lost'),
    plans: fc.constantFrom('anew', 'same'),
    answers: fc.boolean(),
  }),
  { maxLength: 5 },
)

/** Ends with the run, or with its death. */
async function attempt(world: RedriveWorld, work: Promise<unknown>): Promise<void> {
  const ended = work.catch((error: unknown) => {
    if (!(error instanceof Killed) && !(error instanceof RedriveError)) throw error
  })
  await world.clock.advance(300_000)
  await ended
}

async function resolveAll(world: RedriveWorld, resolved: Set<ConsumerRecord['offset'] | string>): Promise<void> {
  for (const record of world.redriven()) {
    const of = headerText(record.headers, 'lb-redrive-of') ?? ''
    if (resolved.has(of)) continue
    resolved.add(of)
    await world.end(record, 'resolved')
  }
}

describe('a redrive whose process dies anywhere, again and again', () => {
  it('gives each dead letter once to readers of committed records, the oldest record of each key first', async () => {
    await fc.assert(
      fc.asyncProperty(letters, tries, async (inputs, deaths) => {
        const world = await aRedriveWorld()
        for (const { copies, ...letter } of inputs) {
          for (let copy = 0; copy < copies; copy += 1) await world.setAside(letter)
        }
        const resolved = new Set<string>()
        let plan = await world.redrive.plan({ deadLetterTopic })

        for (const { death, doubt, plans, answers } of deaths) {
          const dying: Redrive = world.another({ broker: killableBroker(world.broker, death) })
          const takeBack =
            doubt === 'none'
              ? () => undefined
              : world.broker.controls.inject({
                  at: 'transaction-commit',
                  outcome: 'unknown',
                  stored: doubt === 'stored',
                })
          // In pages of two, so that it dies between them as well.
          await attempt(world, dying.run(plan, { ratePerSecond: 10 }))
          takeBack()
          if (answers) await resolveAll(world, resolved)
          if (plans === 'anew') {
            await attempt(
              world,
              world.redrive.plan({ deadLetterTopic }).then((anew) => (plan = anew)),
            )
          }
        }
        const last = world.redrive.plan({ deadLetterTopic })
        await attempt(world, last)
        await attempt(world, world.redrive.run(await last))

        const given = world.redriven()
        expect(originsOf(given).toSorted((a, b) => a - b)).toEqual(
          inputs.map(({ offset }) => offset).sort((a, b) => a - b),
        )
        for (const key of ['a', 'b', 'c']) {
          for (const partition of [0, 1, 2]) {
            const ofKey = given.filter((one) => one.partition === partition && textOf(one.key) === key)
            expect(originsOf(ofKey)).toEqual(originsOf(ofKey).toSorted((a, b) => a - b))
          }
        }
        expect((await world.redrive.plan({ deadLetterTopic })).counts.letters).toBe(0)
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})

function textOf(key: Uint8Array | null): string | undefined {
  return key === null ? undefined : new TextDecoder().decode(key)
}
