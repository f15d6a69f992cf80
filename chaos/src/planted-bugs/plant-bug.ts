import type { PlantedBug } from './planted-bugs.ts'

/** The source with the bug. @throws Error when the place is not there, or not only there: the bug would test nothing */
export function plantBug({ name, file, find, replace }: PlantedBug, source: string): string {
  const places = source.split(find).length - 1
  if (places !== 1) throw new Error(`${name}: its place stands ${places} times in ${file}; plant it anew`)
  return source.replace(find, () => replace)
}
