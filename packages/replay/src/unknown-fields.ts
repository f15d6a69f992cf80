/**
 * A sentence for each field of some options that there is not. For callers without types: what is misspelled would be passed over, and a guard rail or a bound be none.
 *
 * @param known all there are
 */
export function unknownFields(given: object, known: Readonly<Record<string, true>>): readonly string[] {
  return Object.entries(given)
    .filter(([field, value]) => value !== undefined && !Object.hasOwn(known, field))
    .map(([field]) => `${field}: there is no such field, only ${Object.keys(known).join(', ')}`)
}
