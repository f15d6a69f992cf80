import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runQuietly } from './child.mjs'
import { dockerAnswers } from './docker.mjs'
import { hasGlibc, systemName } from './node.mjs'
import { cacheFolder, root } from './workspace.mjs'

/** @typedef {import('./requirements.mjs').Problem} Problem */

const oldestJava = 17
const askTimeoutMs = 20_000
const otherWays =
  'Instead of that: start a Docker engine, or set KAFKA_BROKERS, CLICKHOUSE_URL and SCHEMA_REGISTRY_URL to running servers.'

/** The three ways to real servers, in the order in which they are chosen. @returns {Promise<readonly Problem[]>} */
export async function lacksServers() {
  const forced = process.env['LEDGERBUS_STACK']
  switch (forced) {
    case 'external':
      return lacksAddresses()
    case 'docker':
      return lacksDocker()
    case 'local':
      return lacksLocalServers()
    case undefined:
    case '':
      if (lacksAddresses().length === 0 || (await lacksDocker()).length === 0) return []
      return (await lacksLocalServers()).map((problem) => ({ ...problem, instead: otherWays }))
    default:
      return [
        {
          what: `LEDGERBUS_STACK is '${forced}'.`,
          remedy: "set it to 'local', 'docker' or 'external', or to nothing.",
        },
      ]
  }
}

/** @returns {readonly Problem[]} */
function lacksAddresses() {
  const missing = ['KAFKA_BROKERS', 'CLICKHOUSE_URL', 'SCHEMA_REGISTRY_URL'].filter((name) => !process.env[name])
  if (missing.length === 0) return []
  return [
    {
      what: `LEDGERBUS_STACK is 'external', but not set: ${missing.join(', ')}.`,
      remedy: 'give the addresses of running servers.',
    },
  ]
}

/** @returns {Promise<readonly Problem[]>} */
async function lacksDocker() {
  if (await dockerAnswers()) return []
  return [
    {
      what: "LEDGERBUS_STACK is 'docker', but no Docker engine answers.",
      remedy: 'start Docker, or unset LEDGERBUS_STACK.',
    },
  ]
}

/** @returns {Promise<readonly Problem[]>} */
async function lacksLocalServers() {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !hasGlibc()) {
    return [
      {
        what: `On ${systemName()} ClickHouse does not run as a local process (Kafka and the schema registry do); that takes Linux x64 with glibc.`,
        remedy: 'start a Docker engine, for example Docker Desktop.',
      },
    ]
  }
  const [java, maven] = await Promise.all([lacksJava(), lacksMaven()])
  return [...java, ...maven]
}

/** @returns {Promise<readonly Problem[]>} */
async function lacksJava() {
  const remedy = `install Java ${oldestJava} or newer (Debian, Ubuntu: apt install openjdk-17-jre-headless).`
  const home = process.env['JAVA_HOME']
  const output = await answerOf(home ? join(home, 'bin', 'java') : 'java', ['-version'])
  if (output === undefined) return [{ what: 'No Java was found, and Kafka runs on it.', remedy }]
  const [, version] = /version "(\d+)/.exec(output) ?? []
  if (version !== undefined && Number(version) >= oldestJava) return []
  return [{ what: `The Java found is version ${version ?? 'unknown'}; Kafka needs ${oldestJava} or newer.`, remedy }]
}

/** Maven is needed only until Kafka and the registry are in the cache. @returns {Promise<readonly Problem[]>} */
async function lacksMaven() {
  if ((await serversAreCached()) || (await answerOf('mvn', ['-v'])) !== undefined) return []
  return [
    {
      what: 'No Maven was found; it fetches Kafka and the schema registry the first time.',
      remedy: 'install Maven (Debian, Ubuntu: apt install maven).',
    },
  ]
}

async function serversAreCached() {
  if (!existsSync(cacheFolder())) return false
  const names = await readdir(cacheFolder())
  const complete = names.filter((name) => existsSync(join(cacheFolder(), name, 'ledgerbus-manifest.json')))
  return ['kafka-', 'apicurio-'].every((prefix) => complete.some((name) => name.startsWith(prefix)))
}

/** @param {string} command @param {readonly string[]} args @returns {Promise<string | undefined>} `undefined` when it is not there or does not work */
async function answerOf(command, args) {
  try {
    const { code, output } = await runQuietly(command, args, { cwd: root, env: process.env, timeoutMs: askTimeoutMs })
    return code === 0 ? output : undefined
  } catch {
    // Not on the PATH: that is the answer.
    return undefined
  }
}
