import type { CommitOutcome, CommitPosition, Logger } from '@ledgerbus/core'
import { mostMapCharacters } from './finished-map.ts'

/** How many characters of a commit's metadata the broker takes. Kafka's default is assumed; a broker that was given less tells it by refusing. */
export interface MapRoom {
  readonly characters: number
  /** A commit ended: when it was refused for its metadata, the next ones carry less, down to nothing. */
  committed(positions: readonly CommitPosition[], outcome: CommitOutcome): void
}

export function createMapRoom({ groupId, logger }: { readonly groupId: string; readonly logger: Logger }): MapRoom {
  let characters = mostMapCharacters

  return {
    get characters() {
      return characters
    },
    committed(positions, outcome) {
      if (outcome.kind !== 'failed' || outcome.error.code !== 'BROKER_COMMIT_METADATA_TOO_LARGE') return
      const longest = Math.max(...positions.map(({ metadata = '' }) => metadata.length))
      // Half of what was refused: one refused commit more or less costs less than asking for the setting.
      characters = Math.min(characters, Math.floor(longest / 2))
      logger.warn(
        { groupId, characters },
        'the broker takes less metadata than Kafka does by default (offset.metadata.max.bytes); commits say less of what is finished ahead of them',
      )
    },
  }
}
