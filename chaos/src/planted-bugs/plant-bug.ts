import type { PlantedBug } from './planted-bugs.ts'

/**
 * The changed sources by file.
 *
 * @param read the source of a file
 * @throws Error when a place is not there, or not only there: the bug would test nothing
 */
export function plantBug({ name, changes }: PlantedBug, read: (file: string) => string): ReadonlyMap<string, string> {
  const sources = new Map<string, string>()
  for (const { file, find, replace } of changes) {
    const source = sources.get(file) ?? read(file)
    const places = source.split(find).length - 1
    if (places !== 1) throw new Error(`${name}: its place stands ${places} times in ${file}; plant it anew`)
    sources.set(
      file,
      source.replace(find, () => replace),
    )
  }
  return sources
}
