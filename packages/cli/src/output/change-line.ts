import type { ValueChange } from '@ledgerbus/core'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

const longestValue = 100

/** A change in one line: `+ coupon: "X"`, `- coupon: "X"`, `~ total: 100 -> 120`. */
export function changeLine({ kind, path, before, after }: ValueChange, style: Style): string {
  const where = printable(pathText(path))
  switch (kind) {
    case 'added':
      return style.green(`+ ${where}: ${valueText(after)}`)
    case 'removed':
      return style.red(`- ${where}: ${valueText(before)}`)
    case 'changed':
      return style.yellow(`~ ${where}: ${valueText(before)} -> ${valueText(after)}`)
  }
}

const plainName = /^[\p{L}_$][\p{L}\p{N}_$]*$/u

/** As one writes it in a filter: `items[0].price`, `["first name"]`. */
function pathText(path: ValueChange['path']): string {
  if (path.length === 0) return '(all of it)'
  return path
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`
      if (!plainName.test(step)) return `[${JSON.stringify(step)}]`
      return at === 0 ? step : `.${step}`
    })
    .join('')
}

function valueText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return printable(text.length > longestValue ? `${text.slice(0, longestValue)}...` : text)
}
