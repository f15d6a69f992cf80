import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Broker, silentLogger } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { aRecord, eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createReplay, type Replay, type ReplayPlan } from '../src/index.ts'
import { changeKey, readReplayKey } from '../src/store/replay-keys.ts'
import { checkpointsTopic, partitionOfReplay } from '../src/store/replay-topics.ts'

const run = randomBytes(4).toString('hex')
const topic = `replay-history-${run}`
const target = `${topic}-copy`
const entries = 500
/** Nobody else's in this Kafka. */
const [ann, bob, eve, kim] = ['ann', 'bob', 'eve', 'kim'].map((name) => `${name} ${run}`) as [
  string,
  string,
  string,
  string,
]
const { kafkaBrokers } = stackAddresses()

let broker: Broker
let replay: Replay

beforeAll(async () => {
  broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: 'history-it', logger: silentLogger })
  replay = createReplay({ broker, logger: silentLogger })
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([
    { name: topic, partitions: 1 },
    { name: target, partitions: 1 },
  ])
  await admin.close()
  const producer = broker.createProducer()
  await producer.start()
  const timestampMs = BigInt(Date.now())
  const records = Array.from({ length: entries }, (_, index) => ({ ...aRecord({ key: `o-${index}` }), timestampMs }))
  const outcome = await producer.append(topic, 0, records)
  if (outcome.kind !== 'ok') throw outcome.error
  await producer.close()
})

afterAll(async () => {
  await replay.close()
})

function planIt(): Promise<ReplayPlan> {
  const nowMs = Date.now()
  return replay.plan({
    fromMs: nowMs - 3_600_000,
    toMs: nowMs + 3_600_000,
    timeField: 'kafka',
    topics: [topic],
    target,
    groups: ['billing'],
    reason: 'an integration test',
    by: ann,
  })
}

/** Runs it in a process of its own, until that is killed. @returns how much the process knew to be published */
async function runAndKill(replayId: string, by: string): Promise<number> {
  const program = fileURLToPath(new URL('./replay-program.ts', import.meta.url))
  const flags = ['--conditions=@ledgerbus/source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, program, kafkaBrokers.join(','), replayId, by, '100'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let known = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    known = (JSON.parse(line) as { published: number }).published
    if (known >= 100) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return known
}

/** How often each change stands in Kafka, whoever reads it. */
async function storedSteps(replayId: string): Promise<string[]> {
  const admin = broker.createAdmin()
  const reader = broker.createReader()
  await admin.start()
  await reader.start()
  const found: string[] = []
  const [described] = await admin.describeTopics([checkpointsTopic])
  const partition = partitionOfReplay(replayId, described?.partitions ?? 0)
  const offsets = await admin.topicOffsets(checkpointsTopic, { for: 'readers' })
  const { low, end } = offsets.find((one) => one.partition === partition) ?? { low: 0n, end: 0n }
  for await (const { records } of reader.read({ topic: checkpointsTopic, partition }, { from: low, to: end })) {
    for (const { key } of records) {
      const of = readReplayKey(key)
      if (of?.kind === 'change' && of.replayId === replayId && key !== null) found.push(Buffer.from(key).toString())
    }
  }
  await reader.close()
  await admin.close()
  return found
}

describe('the history of a replay on a real Kafka', () => {
  it('tells of a runner that was killed, of who paused and resumed the next, and who ran it to its end, each once', async () => {
    const { replayId, hash } = await planIt()
    const knownToBob = await runAndKill(replayId, bob)
    expect(knownToBob).toBeGreaterThanOrEqual(100)

    const elsewhere = createReplay({ broker, logger: silentLogger })
    const abort = new AbortController()
    const running = elsewhere.run(replayId, {
      ...{ confirmed: true, by: kim, ratePerSecond: 50, signal: abort.signal },
    })
    await eventually(async () => (await replay.status(replayId)).by === kim, { timeoutMs: 30_000 })
    const paused = await replay.pause(replayId, { by: eve, note: 'incident 7' })
    await replay.resume(replayId, { by: ann, note: 'incident 7 is over' })
    await eventually(async () => (await replay.status(replayId)).published > paused.published, { timeoutMs: 30_000 })
    abort.abort(new Error('SIGINT'))
    expect(await running).toMatchObject({ state: 'interrupted' })
    expect(await elsewhere.run(replayId, { confirmed: true, by: bob })).toMatchObject({ state: 'completed' })
    await elsewhere.close()

    const changes = await replay.history({ replayId })
    expect(changes.map(({ kind, by, note }) => [kind, by, note])).toEqual([
      ['planned', ann, undefined],
      ['begun', bob, undefined],
      ['begun', kim, undefined],
      ['paused', eve, 'incident 7'],
      ['resumed', ann, 'incident 7 is over'],
      ['taken-up', kim, undefined],
      ['interrupted', kim, 'interrupted'],
      ['begun', bob, undefined],
      ['completed', bob, undefined],
    ])
    expect(changes.every((change) => change.planHash === hash && change.reason === 'an integration test')).toBe(true)
    expect(changes.map(({ pace }) => pace?.ratePerSecond)).toEqual([
      ...[undefined, 100, 50, undefined, undefined, 50, undefined, undefined, undefined],
    ])
    // What the killed runner published for certain was there when the next began.
    expect(changes[2]?.published).toBeGreaterThanOrEqual(knownToBob)
    expect(changes.at(-1)).toMatchObject({ published: entries, planned: entries })

    const told = changes.slice(1).map(({ step }) => Buffer.from(changeKey(replayId, step)).toString())
    expect(await storedSteps(replayId)).toEqual(told)
    expect((await replay.history({ by: eve })).map((change) => change.replayId)).toEqual([replayId])
    expect((await replay.list({ by: ann, states: ['completed'] })).map((status) => status.replayId)).toEqual([replayId])
  })

  it('tells of many replays at once, each whole', async () => {
    const plans = await Promise.all(Array.from({ length: 4 }, planIt))
    await Promise.all(plans.map(({ replayId }) => replay.run(replayId, { confirmed: true, by: kim })))
    const fromMs = Math.min(...plans.map(({ plannedAtMs }) => plannedAtMs))
    const changes = await replay.history({ fromMs })
    for (const { replayId } of plans) {
      const own = changes.filter((change) => change.replayId === replayId)
      expect(own.map(({ kind }) => kind)).toEqual(['planned', 'begun', 'completed'])
    }
  })
})
