import type { SealDraft, SealStore } from '../../src/index.ts'

/** Seals in memory, and the handles of somebody who wants to forge them. */
export interface InMemorySeals extends SealStore {
  readonly texts: Map<number, string>
  readonly indexes: Map<string, Uint8Array>
}

export function createInMemorySeals(): InMemorySeals {
  const texts = new Map<number, string>()
  const indexes = new Map<string, Uint8Array>()
  return {
    texts,
    indexes,
    async *seals() {
      for (const [number, text] of [...texts].toSorted(([left], [right]) => left - right)) yield { number, text }
    },
    async *index({ index }, range) {
      const bytes = indexes.get(index) ?? new Uint8Array()
      const part = range === undefined ? bytes : bytes.subarray(range.start, range.start + range.bytes)
      // In odd pieces, as a disk may give them.
      for (let at = 0; at < part.length; at += 1_013) yield part.subarray(at, at + 1_013)
    },
    async draft(number): Promise<SealDraft> {
      const parts: Uint8Array[] = []
      return {
        async append(bytes) {
          parts.push(Uint8Array.from(bytes))
        },
        async commit({ text, index }) {
          if (texts.has(number)) throw new Error('there is one already')
          indexes.set(index, Buffer.concat(parts))
          texts.set(number, text)
        },
        discard: async () => undefined,
      }
    },
  }
}
