import { silentLogger } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { createReplay } from '../src/index.ts'

// A run of a replay in a process of its own, to be killed: tells each page on a line.

const [brokers = '', replayId = '', by = '', rate = '100'] = process.argv.slice(2)
const broker = createKafkaBroker({ brokers: brokers.split(','), clientId: 'replay-it', logger: silentLogger })
const replay = createReplay({ broker, logger: silentLogger })
await replay.run(replayId, {
  confirmed: true,
  by,
  ratePerSecond: Number(rate),
  onProgress: ({ published }) => {
    process.stdout.write(`${JSON.stringify({ published })}\n`)
  },
})
await replay.close()
