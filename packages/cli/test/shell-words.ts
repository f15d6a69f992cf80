/** A command as a POSIX shell cuts it, as far as our help and our resume commands go: spaces and quotes. */
export function shellWords(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/gu)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  )
}
