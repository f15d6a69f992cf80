import { join } from 'node:path'
import ts from 'typescript'
import { root } from './root.ts'

/** The workspace's own strictness, resolving our packages to their sources. */
export function workspaceCompilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    readonly config: unknown
  }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  return { ...options, noEmit: true, customConditions: ['@ledgerbus/source'] }
}
