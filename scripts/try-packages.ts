import { parseArgs } from 'node:util'
import { withTarballs } from './package-checks/pack.ts'
import { inUserProject } from './package-checks/user-project.ts'
import { runSteps } from './workspace/run-steps.ts'

/**
 * Plays a user: installs the packed tarballs with npm into an empty project outside the workspace, compiles the
 * README's code there and runs it, on the oldest Node that the packages promise to support.
 *
 * The packages must be built. `--report <file>` writes the results as JSON.
 */
const { values } = parseArgs({ options: { report: { type: 'string' } } })
process.exitCode = await withTarballs((tarballs) =>
  inUserProject((project) =>
    runSteps(
      [
        { name: 'npm installs the packed tarballs', run: () => project.install(tarballs) },
        { name: 'every entry point loads', run: () => project.load(tarballs) },
        { name: "the README's code compiles", run: () => project.compile() },
        { name: "the README's programs run", run: () => project.runPrograms() },
        { name: 'the ledgerbus command answers', run: () => project.askCommand() },
      ],
      { report: values.report, onFailure: 'stop' },
    ),
  ),
)
