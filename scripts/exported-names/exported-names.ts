import { join } from 'node:path'
import ts from 'typescript'
import { workspaceCompilerOptions } from '../workspace/compiler-options.ts'
import { publishedPackages } from '../workspace/published-packages.ts'
import { root } from '../workspace/root.ts'

/** What users may import, by entry point; a type reads `type Broker`. Sorted, so that a diff shows one change as one line. */
export type ExportedNames = Readonly<Record<string, readonly string[]>>

export interface PublicSurface {
  readonly names: ExportedNames
  /** `@ledgerbus/core: defineEvent` for every export that says nothing about itself. */
  readonly undocumented: readonly string[]
}

/** The stored list: a name that appears, disappears or moves is a change that a reviewer sees. */
export const storedNamesFile: string = join(root, 'scripts', 'exported-names', 'exported-names.json')

/** Reads every entry point of every published package, as TypeScript understands it. */
export function readPublicSurface(): PublicSurface {
  const entryPoints = publishedPackages().flatMap((found) => [...found.entryPoints])
  const program = ts.createProgram(
    entryPoints.map(([, file]) => file),
    workspaceCompilerOptions(),
  )
  const checker = program.getTypeChecker()
  const names: Record<string, readonly string[]> = {}
  const undocumented: string[] = []
  for (const [entryPoint, file] of entryPoints) {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${entryPoint}: ${file} is no module`)
    const exported = checker.getExportsOfModule(module).map((symbol) => ({ symbol, target: targetOf(symbol, checker) }))
    names[entryPoint] = exported
      .map(({ symbol, target }) => (isValue(symbol, target) ? symbol.name : `type ${symbol.name}`))
      .toSorted()
    undocumented.push(
      ...exported
        .filter(({ target }) => target.getDocumentationComment(checker).length === 0)
        .map(({ symbol }) => `${entryPoint}: ${symbol.name}`),
    )
  }
  return { names, undocumented }
}

/** As a diff shows it best: one name a line. */
export function toStoredText(names: ExportedNames): string {
  return `${JSON.stringify(names, null, 2)}\n`
}

function targetOf(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

function isValue(symbol: ts.Symbol, target: ts.Symbol): boolean {
  const exportedAsType = (symbol.declarations ?? []).some(
    (declaration) =>
      ts.isExportSpecifier(declaration) && (declaration.isTypeOnly || declaration.parent.parent.isTypeOnly),
  )
  return !exportedAsType && (target.flags & ts.SymbolFlags.Value) !== 0
}
