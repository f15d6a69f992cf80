import { packageVersion } from '../edge/package-version.ts'
import { withCommon } from '../input/common-options.ts'
import { helpAfter } from '../input/help.ts'
import { createPrinter } from '../output/printer.ts'
import type { BuildCommand } from '../input/build-command.ts'

export const versionCommand: BuildCommand = (command, edge) =>
  withCommon(command)
    .addHelpText('after', helpAfter(['ledgerbus version', 'ledgerbus version -o json']))
    .action(async (flags) => {
      const version = packageVersion()
      const node = process.versions.node
      const printer = createPrinter(edge, flags.json === true ? 'json' : flags.output)
      await printer.value({ version, node }, () => `ledgerbus ${version} (Node ${node})`)
    })
