import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { stackAddresses } from '../../packages/testkit/src/stack/index.ts'
import { runCommand } from '../workspace/run-command.ts'
import { documentedFiles } from './code-blocks.ts'
import { inDocumentationFolder, pathOf, withServers } from './documentation-folder.ts'

const runTimeoutMs = 120_000

describe('the programs in the documentation', () => {
  const files = documentedFiles()

  it('are there', () => {
    expect(files.some((file) => file.runs)).toBe(true)
  })

  it.for(files.filter((file) => file.runs))('$page runs $name to its end', { timeout: runTimeoutMs }, async (file) => {
    const { kafkaBrokers, clickhouseUrl, schemaRegistryUrl } = stackAddresses()
    const servers = { kafkaBroker: kafkaBrokers[0] ?? '', clickhouseUrl, schemaRegistryUrl }

    const result = await inDocumentationFolder(files, async (folder) => {
      for (const each of files) await writeFile(pathOf(folder, each), withServers(each.text, servers))
      return await runCommand(process.execPath, ['--conditions=@ledgerbus/source', pathOf(folder, file)], {
        cwd: folder,
      })
    })

    expect(result.ok, result.output).toBe(true)
  })
})
