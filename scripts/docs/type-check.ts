import { join } from 'node:path'
import ts from 'typescript'
import { workspaceCompilerOptions } from '../workspace/compiler-options.ts'
import type { DocumentedFile } from './code-blocks.ts'
import { inDocumentationFolder, pathOf } from './documentation-folder.ts'

/** Compiles every documented file; each complaint names the page and the line: `docs/guides/replay.md:34: …`. */
export function typeErrorsIn(files: readonly DocumentedFile[]): Promise<readonly string[]> {
  return inDocumentationFolder(files, (folder) => {
    const byPath = new Map(files.map((file) => [pathOf(folder, file), file]))
    const options: ts.CompilerOptions = {
      ...workspaceCompilerOptions(),
      typeRoots: [join(folder, 'node_modules/@types')],
      // A page may show a value without going on to use it.
      noUnusedLocals: false,
      noUnusedParameters: false,
    }
    const program = ts.createProgram([...byPath.keys()], options)
    const complaints = ts.getPreEmitDiagnostics(program).flatMap((diagnostic) => {
      const file = diagnostic.file && byPath.get(diagnostic.file.fileName)
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
      if (diagnostic.file === undefined || file === undefined) {
        // Errors in our own sources are for the type check of the packages to report.
        return diagnostic.file === undefined ? [text] : []
      }
      const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start ?? 0)
      return [`${file.page}:${file.pageLines[line] ?? '?'}: ${text}`]
    })
    return Promise.resolve(complaints)
  })
}
