import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { CompressionCodec } from '../broker-options.ts'
import { loadKafkaJs } from './kafkajs.ts'

/** What kafkajs asks of a codec. */
interface ClientCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

export interface Codecs {
  readonly snappy?: CompressionCodec
  readonly lz4?: CompressionCodec
}

function toClientCodec({ decompress }: CompressionCodec): ClientCodec {
  return {
    compress: () => Promise.reject(new Error('this codec only reads')),
    async decompress(bytes) {
      const plain = await decompress(bytes)
      return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength)
    },
  }
}

/** Node reads zstd from 22.15 on. */
function zstd(): CompressionCodec | undefined {
  const decompress = (zlib as { readonly zstdDecompress?: typeof zlib.zstdDecompress }).zstdDecompress
  return decompress === undefined ? undefined : { decompress: promisify(decompress) }
}

/**
 * kafkajs reads gzip, and one batch of another codec fails all partitions of its broker. Its codecs are one list for the process, so what the
 * program itself put there stays.
 */
export function registerCodecs({ snappy, lz4 }: Codecs): void {
  const { CompressionCodecs, CompressionTypes } = loadKafkaJs()
  const list = CompressionCodecs as Record<number, () => unknown>
  const ours: readonly [number, CompressionCodec | undefined][] = [
    [CompressionTypes.Snappy, snappy],
    [CompressionTypes.LZ4, lz4],
    [CompressionTypes.ZSTD, zstd()],
  ]
  for (const [type, codec] of ours) {
    if (codec === undefined || isThere(list[type])) continue
    const made = toClientCodec(codec)
    list[type] = () => made
  }
}

/** kafkajs's own entries throw. */
function isThere(entry: (() => unknown) | undefined): boolean {
  try {
    return entry?.() !== undefined
  } catch {
    return false
  }
}
