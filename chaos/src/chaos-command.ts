import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@ledgerbus/core'
import { parseChaosCommand, usage } from './parse-command.ts'
import { detailLines, isOk, verdictLine } from './run-outcome.ts'

const interruptedExitCode = 130

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function main(): Promise<number> {
  const command = parseChaosCommand(process.argv.slice(2), () => Math.floor(Math.random() * 1_000_000))
  if (command.kind === 'help') {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  if (command.kind === 'wrong') {
    say(`${command.problem}\n${usage}`)
    return 2
  }
  const { run, options, isKept } = command
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // The second one ends at once: servers and members end with their channel to this process.
      if (interrupted.signal.aborted) process.exit(interruptedExitCode)
      say(`${signal}: ending what was started`)
      interrupted.abort(new Error(`ended by ${signal}`))
    })
  }

  const folder = await mkdtemp(join(tmpdir(), `ledgerbus-chaos-${options.seed}-`))
  say(`${command.text}\nhistory: ${folder}`)
  const startMs = systemClock.monotonicMs()
  const progress = (line: string): void =>
    say(`${String(Math.round((systemClock.monotonicMs() - startMs) / 1_000)).padStart(4)} s  ${line}`)
  try {
    const outcome = await run({ ...options, folder, progress, clock: systemClock, signal: interrupted.signal })
    await writeFile(join(folder, 'verdict.json'), `${JSON.stringify(outcome, undefined, 2)}\n`)
    for (const line of detailLines(outcome)) say(line)
    const isGood = isOk(outcome)
    if (isGood && !isKept) await rm(folder, { recursive: true, force: true })
    else say(`history kept: ${folder}\nagain: ${command.text}`)
    process.stdout.write(`${verdictLine(outcome)}\n`)
    return isGood ? 0 : 1
  } catch (error) {
    if (interrupted.signal.aborted) {
      await rm(folder, { recursive: true, force: true })
      return interruptedExitCode
    }
    say(`the run could not be carried out; history kept: ${folder}`)
    console.error(error)
    return 1
  }
}

// What a client of a cluster that is gone still waits for must not hold up the verdict.
process.exit(await main())
