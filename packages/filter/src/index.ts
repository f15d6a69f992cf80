export { compileFilter, type Filter, type FilterResult } from './compile-filter.ts'
export type { FilterProblem, FilterProblemReason } from './evaluate/failure.ts'
export { constantOf, type FilterConstant } from './evaluate/constant-of.ts'
export { FilterError, type FilterIssue } from './filter-error.ts'
export { filterLimits } from './filter-limits.ts'
export type {
  FilterArithmetic,
  FilterCall,
  FilterChoice,
  FilterEquality,
  FilterField,
  FilterFunction,
  FilterIndex,
  FilterList,
  FilterLiteral,
  FilterLogic,
  FilterLoop,
  FilterMap,
  FilterMembership,
  FilterNegation,
  FilterNode,
  FilterNodePart,
  FilterNot,
  FilterOrdering,
  FilterPresence,
  FilterRegex,
  FilterRoot,
  FilterRootNode,
  FilterType,
  FilterVariable,
} from './syntax/filter-node.ts'
export { partsOf } from './syntax/parts-of.ts'
