import { existsSync } from 'node:fs'
import { readdir, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runQuietly } from './child.mjs'
import { dockerAnswers } from './docker.mjs'
import { bringsItsNode, hasGlibc } from './node.mjs'
import { cacheFolder, root } from './workspace.mjs'

/** @typedef {{ what: string, remedy: string, instead?: string }} Problem */

/** The test tools ask for 22.22 or 24; on Linux the workspace brings its own, elsewhere the installed one must do. */
const workspaceNode = 'Node 24'
const oldestJava = 17
const askTimeoutMs = 20_000
const otherWays =
  'Instead of that: start a Docker engine, or set KAFKA_BROKERS, CLICKHOUSE_URL and SCHEMA_REGISTRY_URL to running servers.'
const gibibyte = 1024 ** 3
const firstInstallBytes = 4 * gibibyte
const laterBytes = gibibyte

/**
 * Everything that is missing on this machine, found before anything is downloaded.
 *
 * Whether the servers really start is local-stack's to say, once it is installed; this is what can be known without it.
 *
 * @param {{ needsServers: boolean }} options
 * @returns {Promise<readonly Problem[]>}
 */
export async function missingRequirements({ needsServers }) {
  const problems = await Promise.all([lacksDisk(), needsServers ? lacksServers() : Promise.resolve([])])
  return [...lacksNode(), ...problems.flat()]
}

/** @returns {readonly Problem[]} */
function lacksNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (bringsItsNode() || major >= 24 || (major === 22 && minor >= 22)) return []
  return [
    {
      what: `This is Node ${process.versions.node}; on ${system()} the workspace needs ${workspaceNode} (on Linux with glibc it brings its own).`,
      remedy: `install ${workspaceNode}.`,
    },
  ]
}

/** @returns {Promise<readonly Problem[]>} */
async function lacksDisk() {
  const needed = existsSync(join(root, 'node_modules', '.modules.yaml')) ? laterBytes : firstInstallBytes
  const places = await Promise.all([freeBytes(root), freeBytes(cacheFolder())])
  const short = places.find((place) => place.bytes < needed)
  if (short === undefined) return []
  const free = (short.bytes / gibibyte).toFixed(1)
  return [
    {
      what: `The disk of ${short.folder} has ${free} GiB left; ${needed / gibibyte} GiB are needed.`,
      remedy: 'make room, or set XDG_CACHE_HOME to a folder on another disk.',
    },
  ]
}

/** @param {string} folder */
async function freeBytes(folder) {
  let existing = folder
  while (!existsSync(existing)) existing = dirname(existing)
  const disk = await statfs(existing)
  return { folder: existing, bytes: disk.bavail * disk.bsize }
}

/** The three ways to real servers, in the order in which they are chosen. @returns {Promise<readonly Problem[]>} */
async function lacksServers() {
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
        what: `On ${system()} ClickHouse does not run as a local process (Kafka and the schema registry do); that takes Linux x64 with glibc.`,
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

function system() {
  const names = { darwin: 'macOS', linux: hasGlibc() ? 'Linux' : 'Linux without glibc', win32: 'Windows' }
  return `${Object.entries(names).find(([name]) => name === process.platform)?.[1] ?? process.platform} ${process.arch}`
}
