import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { runQuietly } from './child.mjs'
import { workspaceNode } from './node.mjs'
import { say, withProgress } from './report.mjs'
import { cacheFolder, pinnedPnpm, root } from './workspace.mjs'

const abandonedAfterMs = 60 * 60_000

/**
 * The folder with the `pnpm` command that package.json pins, fetched with npm the first time.
 *
 * It is made under a name of its own and then renamed: whenever the process is killed, and whoever else is at it, the
 * folder is there with everything or not at all.
 */
async function pnpmCommands() {
  const version = pinnedPnpm()
  const home = join(cacheFolder(), `pnpm-${version}`)
  const commands = join(home, 'node_modules', '.bin')
  if (existsSync(join(commands, 'pnpm'))) return commands
  await mkdir(cacheFolder(), { recursive: true })
  await removeAbandoned(`pnpm-${version}.tmp-`)
  const draft = await mkdtemp(`${home}.tmp-`)
  try {
    await withProgress(`Fetching pnpm ${version}`, () => fetchPnpm(draft, version))
    await rename(draft, home).catch((/** @type {NodeJS.ErrnoException} */ error) => {
      // Another clone was faster; its folder is as good.
      if (!existsSync(join(commands, 'pnpm'))) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return commands
}

/** @param {string} folder @param {string} version */
async function fetchPnpm(folder, version) {
  // pnpm's install script puts the native program in place; newer npm runs only scripts that are named.
  const manifest = { private: true, dependencies: { pnpm: version }, allowScripts: { pnpm: true } }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
  const { code, output } = await runQuietly('npm', args, { cwd: folder, env: process.env })
  if (code !== 0) throw new Error(`npm could not fetch pnpm ${version} (exit code ${code}):\n${output}`)
}

/** What a killed process left; a younger one may still be filled by another clone. @param {string} prefix */
async function removeAbandoned(prefix) {
  const drafts = (await readdir(cacheFolder())).filter((name) => name.startsWith(prefix))
  for (const draft of drafts.map((name) => join(cacheFolder(), name))) {
    const found = await stat(draft).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > abandonedAfterMs)
      await rm(draft, { recursive: true, force: true })
  }
}

/**
 * Installs the workspace's dependencies exactly as the lockfile says. Quiet unless it fails.
 *
 * @returns {Promise<NodeJS.ProcessEnv>} what programs of the workspace run with
 */
export async function installDependencies() {
  const commands = await pnpmCommands()
  const env = {
    ...process.env,
    // Whatever a program of the workspace starts as `node` is the same Node again.
    PATH: [dirname(workspaceNode()), join(root, 'node_modules', '.bin'), commands, process.env['PATH']].join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
  }
  // CI=true: pnpm replaces a node_modules of another version without asking, and nobody is there to ask.
  const args = ['install', '--frozen-lockfile', '--prefer-offline']
  const { code, output } = await withProgress('Installing dependencies', () =>
    runQuietly(join(commands, 'pnpm'), args, { cwd: root, env: { ...env, CI: 'true' } }),
  )
  if (code !== 0) {
    say(output)
    throw new Error(`pnpm could not install the dependencies (exit code ${code}); its last lines stand above`)
  }
  return env
}
