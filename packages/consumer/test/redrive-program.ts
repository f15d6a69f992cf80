import { silentLogger } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createRedrive } from '../src/index.ts'

// A redrive in a process of its own, to be killed: plans, runs, and tells each page on a line.

const [brokers = '', deadLetterTopic = '', rate = '1000'] = process.argv.slice(2)
const broker = createKafkaBroker({ brokers: brokers.split(','), clientId: 'redrive-it', logger: silentLogger })
const redrive = createRedrive({ broker, logger: silentLogger })
const plan = await redrive.plan({ deadLetterTopic })
const report = await redrive.run(plan, {
  ratePerSecond: Number(rate),
  onProgress: ({ done }) => {
    process.stdout.write(`${JSON.stringify({ planned: plan.counts.letters, done })}\n`)
  },
})
await redrive.close()
const { letters: _letters, ...counts } = report
process.stdout.write(`${JSON.stringify({ planned: plan.counts.letters, report: counts })}\n`)
