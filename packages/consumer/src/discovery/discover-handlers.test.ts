import { describe, expect, it } from 'vitest'
import { discoverHandlers } from './discover-handlers.ts'

const folder = (name: string): URL => new URL(`../../test/handlers/${name}/`, import.meta.url)

describe('discoverHandlers', () => {
  it('collects what the modules of a folder and its folders export, each once, by path', async () => {
    const found = await discoverHandlers(folder('good'))
    expect(found.map(({ name }) => name)).toEqual(['user.*', 'users in batches', 'order.created'])
  })

  it('names every module that holds no handler or cannot be imported', async () => {
    const found = discoverHandlers(folder('bad'))
    await expect(found).rejects.toMatchObject({
      code: 'HANDLERS_NOT_FOUND',
      problems: [
        'broken.ts cannot be imported: this module cannot be evaluated',
        'forgotten.ts exports nothing made by on() or onBatch(); the name of a helper begins with _',
      ],
    })
  })

  it('refuses a module that stands there as source and as build', async () => {
    await expect(discoverHandlers(folder('twice'))).rejects.toThrow(/users\.ts exists as source and as build/)
  })

  it('says that there is no such folder, no module in it, or that it is no folder at all', async () => {
    await expect(discoverHandlers(folder('nowhere'))).rejects.toThrow(/nowhere.* cannot be read/)
    await expect(discoverHandlers(folder('good'), { extensions: ['.cjs'] })).rejects.toThrow(
      /no module ending in \.cjs/,
    )
    await expect(discoverHandlers(new URL('https://example.com/handlers'))).rejects.toThrow(/a file URL/)
  })
})
