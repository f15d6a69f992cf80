import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { lacksServers } from './lacks-servers.mjs'
import { bringsItsNode, systemName } from './node.mjs'
import { cacheFolder, root } from './workspace.mjs'

/** @typedef {{ what: string, remedy: string, instead?: string }} Problem */

/** The test tools ask for 22.22 or 24; on Linux the workspace brings its own, elsewhere the installed one must do. */
const workspaceNode = 'Node 24'
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
  if (process.platform === 'win32') {
    return [{ what: 'On Windows none of this runs by itself.', remedy: 'use WSL 2, which is Linux to all of it.' }]
  }
  const problems = await Promise.all([lacksDisk(), needsServers ? lacksServers() : Promise.resolve([])])
  return [...lacksNode(), ...problems.flat()]
}

/** @returns {readonly Problem[]} */
function lacksNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (bringsItsNode() || major >= 24 || (major === 22 && minor >= 22)) return []
  return [
    {
      what: `This is Node ${process.versions.node}; on ${systemName()} the workspace needs ${workspaceNode} (on Linux with glibc it brings its own).`,
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
