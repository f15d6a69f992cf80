// Controls, directions of writing, separators of lines, lone halves of pairs; a tab would move a caret that stands below it.
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu

/** The text with a space for each character that would move a terminal's cursor or turn its lines around. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, ' ')
}
