import { allOf, anyOf } from './condition.ts'

/**
 * What SQL knows of a part of a filter, which is true, false, or neither where it fails. Each side is held between two conditions: one that holds
 * wherever the part is so, and one that holds only where it is. Where both are the same text, SQL decides the part exactly.
 */
export interface Truth {
  /** Holds for every row for which the part is true. */
  readonly possibly: string
  /** Holds for no other row. */
  readonly surely: string
  /** Holds for every row for which the part is false. */
  readonly possiblyNot: string
  /** Holds for no other row. */
  readonly surelyNot: string
}

export function constantTruth(value: boolean): Truth {
  const [yes, no] = value ? ['true', 'false'] : ['false', 'true']
  return { possibly: yes, surely: yes, possiblyNot: no, surelyNot: no }
}

/** Of conditions that SQL decides for every row. */
export function exactTruth(whenTrue: string, whenFalse: string): Truth {
  return { possibly: whenTrue, surely: whenTrue, possiblyNot: whenFalse, surelyNot: whenFalse }
}

/** Nothing is known but what a row must have for the part to be true or false at all. */
export function unknownTruth(needed: string): Truth {
  return { possibly: needed, surely: 'false', possiblyNot: needed, surelyNot: 'false' }
}

export function opposite(of: Truth): Truth {
  return { possibly: of.possiblyNot, surely: of.surelyNot, possiblyNot: of.possibly, surelyNot: of.surely }
}

/** `&&`: false where one side is, whatever the other does. */
export function both(left: Truth, right: Truth): Truth {
  return {
    possibly: allOf(left.possibly, right.possibly),
    surely: allOf(left.surely, right.surely),
    possiblyNot: anyOf(left.possiblyNot, right.possiblyNot),
    surelyNot: anyOf(left.surelyNot, right.surelyNot),
  }
}

/** `||` */
export function either(left: Truth, right: Truth): Truth {
  return opposite(both(opposite(left), opposite(right)))
}

/** `condition ? whenTrue : whenFalse` */
export function choice(condition: Truth, whenTrue: Truth, whenFalse: Truth): Truth {
  const pick = (side: keyof Truth, yes: 'possibly' | 'surely', no: 'possiblyNot' | 'surelyNot'): string =>
    anyOf(allOf(condition[yes], whenTrue[side]), allOf(condition[no], whenFalse[side]))
  return {
    possibly: pick('possibly', 'possibly', 'possiblyNot'),
    surely: pick('surely', 'surely', 'surelyNot'),
    possiblyNot: pick('possiblyNot', 'possibly', 'possiblyNot'),
    surelyNot: pick('surelyNot', 'surely', 'surelyNot'),
  }
}
