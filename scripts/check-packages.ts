import { type Tarball, withTarballs } from './package-checks/pack.ts'
import { runCommand } from './workspace/run-command.ts'

/**
 * Packs what would be published and asks two tools whether a user can import it: publint reads the manifest against
 * the files, attw resolves the types as TypeScript would. Prints the complaints; exit code 1 when there are any.
 */
const complaints = await withTarballs(async (tarballs) => {
  const found: string[] = []
  for (const tarball of tarballs) found.push(...(await complaintsAbout(tarball)))
  return found
})
for (const complaint of complaints) console.error(complaint)
process.exitCode = complaints.length === 0 ? 0 : 1

async function complaintsAbout({ package: { name }, path }: Tarball): Promise<readonly string[]> {
  const results = await Promise.all([
    runCommand('publint', ['run', path, '--strict']),
    runCommand('attw', [
      path,
      '--profile',
      'esm-only',
      '--no-definitely-typed',
      '--format',
      'ascii',
      '--no-color',
      '--no-emoji',
    ]),
  ])
  return results.filter((result) => !result.ok).map((result) => `${name}\n${result.output}`)
}
