import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Runs the example as a person does: with servers of its own. */
async function run(): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, ['--conditions=@ledgerbus/source', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output }
}

describe('the flights example', () => {
  it('tells the way of 20,000 flights, and its counts add up', { timeout: 300_000 }, async () => {
    const { code, stdout, stderr } = await run()

    expect(stderr).not.toContain('ledgerbus error')
    expect(stdout.split('\n').map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^20,000 flight\.landed events of 2001, each acknowledged by Kafka, in [\d.]+ s$/),
        '5 malformed records, left on the topic by another program',
        'compensation  1,089 late flights handled, 18,911 skipped as not late',
        '117 attempts failed and were tried again',
        '5 records set aside in flight.compensation.dlq, with the reason',
        'statistics    20,000 landings at 223 airports',
        '21,094 entries in the log, of 21,094 records in Kafka',
        'what could not be decoded?       3 records, kept byte for byte',
        'from ORD on 5 February 2001?     10 of 195 landings',
        expect.stringMatching(/^what led to \S+ money\? {2}flight\.landed -> compensation\.granted$/),
        'compensation took miles for kilometres: 230 flights got $35,700 too little',
        'dry run: 230 entries of 1 January to 31 March 2001, to group compensation; others that read the topic: audit-sink, statistics',
        expect.stringMatching(/^plan: {4}kept in Kafka as replay [\da-f-]{36}$/),
        expect.stringMatching(/^run: {5}a program of its own, at 50 a second; kill -9 when \d+ were published$/),
        'resume:  another one goes on behind them, at 500 a second: 230 in all',
        'report:  completed, 230 published once, 0 failed; for the day shift: compensation took miles for kilometres',
        'published = handled + dead-lettered + skipped  20,005 = 1,089 + 5 + 18,911',
        'records in Kafka = entries in the log          21,094 = 21,094',
        'planned = replayed = received by compensation  230 = 230 = 230',
        'replayed flights handled by statistics         0 (230 skipped)',
        'facts in the log before and after the replay   20,005 = 20,005',
        'amounts still wrong                            0',
      ]),
    )
    expect(code).toBe(0)
  })
})
