import { fileURLToPath } from 'node:url'

/** How to run one of this package's own scripts with the Node that runs now. */
export interface ScriptCommand {
  readonly command: string
  readonly args: readonly string[]
}

/**
 * The command line of a script beside a module: `.ts` when this package runs from source, `.js` when it was built.
 *
 * @param path from the module to the script, without extension: `./supervisor`
 * @param moduleUrl the module's `import.meta.url`
 */
export function scriptCommand(path: string, moduleUrl: string): ScriptCommand {
  const extension = moduleUrl.endsWith('.ts') ? 'ts' : 'js'
  const file = fileURLToPath(new URL(`${path}.${extension}`, moduleUrl))
  const flags = extension === 'ts' ? stripTypesFlags() : []
  return { command: process.execPath, args: [...flags, file] }
}

/** Node strips types by itself from 22.18 on; before, it has to be asked, as this process was or not, and warns about it. */
function stripTypesFlags(): readonly string[] {
  const flag = '--experimental-strip-types'
  const byItself = Boolean(process.features.typescript) && !process.execArgv.includes(flag)
  return byItself ? [] : [flag, '--disable-warning=ExperimentalWarning']
}
