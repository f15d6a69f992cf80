/** What is known of a value before an event is seen; `any` is known only then. A number in JSON is a `double`. */
export type FilterType =
  | 'any'
  | 'bool'
  | 'int'
  | 'double'
  | 'string'
  | 'null'
  | 'timestamp'
  | 'duration'
  | 'list'
  | 'map'

/** What a filter can begin a path with: the fields of the envelope as they stand on the wire, and the record's headers. */
export type FilterRoot =
  | 'event_id'
  | 'name'
  | 'version'
  | 'correlation_id'
  | 'causation_id'
  | 'timestamp'
  | 'source'
  | 'organization_id'
  | 'entity'
  | 'action'
  | 'actor'
  | 'payload'
  | 'metrics'
  | 'headers'

/** What every node has. */
export interface FilterNodePart {
  readonly type: FilterType
  /** Where its text begins in the filter's, from 0, in UTF-16 units. */
  readonly start: number
  /** One past its last character. */
  readonly end: number
}

/** A value written out. An `int` is a bigint of 64 bits, a `double` a number. */
export interface FilterLiteral extends FilterNodePart {
  readonly kind: 'literal'
  readonly value: null | boolean | bigint | number | string
}

/** `payload`; the alias `data` stands in the tree as the field `after` of `payload`. */
export interface FilterRootNode extends FilterNodePart {
  readonly kind: 'root'
  readonly name: FilterRoot
}

/** The variable of an enclosing loop. */
export interface FilterVariable extends FilterNodePart {
  readonly kind: 'variable'
  readonly name: string
  /** 0 for that of the outermost loop. */
  readonly depth: number
}

/** `of.name`, also written `of["name"]`. */
export interface FilterField extends FilterNodePart {
  readonly kind: 'field'
  readonly of: FilterNode
  readonly name: string
}

/** `of[index]`: an element of a list, or a field whose name is not known before. */
export interface FilterIndex extends FilterNodePart {
  readonly kind: 'index'
  readonly of: FilterNode
  readonly index: FilterNode
}

/** `!of` */
export interface FilterNot extends FilterNodePart {
  readonly kind: 'not'
  readonly of: FilterNode
}

/** `-of`; a negative number written out is a literal. */
export interface FilterNegation extends FilterNodePart {
  readonly kind: 'negation'
  readonly of: FilterNode
}

/** `left && right`, `left || right` */
export interface FilterLogic extends FilterNodePart {
  readonly kind: 'logic'
  readonly operator: '&&' | '||'
  readonly left: FilterNode
  readonly right: FilterNode
}

/** `left == right`, `left != right` */
export interface FilterEquality extends FilterNodePart {
  readonly kind: 'equality'
  readonly operator: '==' | '!='
  readonly left: FilterNode
  readonly right: FilterNode
}

/** `left < right` and its like */
export interface FilterOrdering extends FilterNodePart {
  readonly kind: 'ordering'
  readonly operator: '<' | '<=' | '>' | '>='
  readonly left: FilterNode
  readonly right: FilterNode
}

/** `left + right` and its like */
export interface FilterArithmetic extends FilterNodePart {
  readonly kind: 'arithmetic'
  readonly operator: '+' | '-' | '*' | '/' | '%'
  readonly left: FilterNode
  readonly right: FilterNode
}

/** `item in of`: an element of a list, or a key of a map. */
export interface FilterMembership extends FilterNodePart {
  readonly kind: 'membership'
  readonly item: FilterNode
  readonly of: FilterNode
}

/** `condition ? whenTrue : whenFalse` */
export interface FilterChoice extends FilterNodePart {
  readonly kind: 'choice'
  readonly condition: FilterNode
  readonly whenTrue: FilterNode
  readonly whenFalse: FilterNode
}

/** `[a, b]` */
export interface FilterList extends FilterNodePart {
  readonly kind: 'list'
  readonly items: readonly FilterNode[]
}

/** `{"key": value}` */
export interface FilterMap extends FilterNodePart {
  readonly kind: 'map'
  readonly entries: readonly { readonly key: string; readonly value: FilterNode }[]
}

/** `has(of)`: whether the path leads to a value, `null` included. It never fails, however early the path ends. */
export interface FilterPresence extends FilterNodePart {
  readonly kind: 'presence'
  readonly of: FilterField | FilterRootNode
}

/** A function of the language, `re2` and the loops apart; a receiver is the first argument. */
export type FilterFunction =
  | 'size'
  | 'startsWith'
  | 'endsWith'
  | 'contains'
  | 'string'
  | 'int'
  | 'double'
  | 'timestamp'
  | 'duration'

/** `size(of)`, `text.contains(part)`, `int(value)` */
export interface FilterCall extends FilterNodePart {
  readonly kind: 'call'
  readonly name: FilterFunction
  readonly arguments: readonly FilterNode[]
}

/** `re2(text, "pattern")`: whether the pattern occurs in the text. */
export interface FilterRegex extends FilterNodePart {
  readonly kind: 're2'
  readonly text: FilterNode
  /** In RE2's syntax; it compiles. */
  readonly pattern: string
}

/** `of.exists(variable, body)` and its like, over the elements of a list or the keys of a map. */
export interface FilterLoop extends FilterNodePart {
  readonly kind: 'loop'
  readonly macro: 'all' | 'exists' | 'filter' | 'map'
  readonly of: FilterNode
  readonly variable: FilterVariable
  readonly body: FilterNode
}

/** A checked filter as a tree: every name in it is known, every part of it is allowed. */
export type FilterNode =
  | FilterLiteral
  | FilterRootNode
  | FilterVariable
  | FilterField
  | FilterIndex
  | FilterNot
  | FilterNegation
  | FilterLogic
  | FilterEquality
  | FilterOrdering
  | FilterArithmetic
  | FilterMembership
  | FilterChoice
  | FilterList
  | FilterMap
  | FilterPresence
  | FilterCall
  | FilterRegex
  | FilterLoop
