import { writeFile } from 'node:fs/promises'
import { errorIndexFile, readCatalogue, toErrorIndex } from './errors/error-catalogue.ts'

await writeFile(errorIndexFile, toErrorIndex(readCatalogue()))
