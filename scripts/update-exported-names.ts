import { writeFile } from 'node:fs/promises'
import { readPublicSurface, storedNamesFile, toStoredText } from './exported-names/exported-names.ts'

await writeFile(storedNamesFile, toStoredText(readPublicSurface().names))
