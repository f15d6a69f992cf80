#!/usr/bin/env node
// Old syntax on purpose, and no import: a Node that is too old must still be able to read this and say so.
const required = [22, 12]
const actual = process.versions.node.split('.').map(Number)

if (actual[0] < required[0] || (actual[0] === required[0] && actual[1] < required[1])) {
  console.error(`error: ledgerbus needs Node ${required.join('.')} or newer; this is Node ${process.versions.node}.`)
  process.exit(3)
} else {
  void import('../dist/main.js')
}
