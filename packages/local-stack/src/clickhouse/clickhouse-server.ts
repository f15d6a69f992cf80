/**
 * A ClickHouse server in a process of its own: `clickhouse-server.ts <libchdb.so> <argument>...`.
 *
 * The library's entry for the command line is given a query that opens the listeners and then never ends. The call does not
 * return while the server lives, so this process does nothing else; it ends when that query is killed, or by a signal.
 */
import { DataType, load, open } from 'ffi-rs'

const [library, ...args] = process.argv.slice(2)
if (library === undefined) {
  console.error('usage: clickhouse-server <libchdb.so> <argument>...')
  process.exit(2)
}
const commandLine = ['clickhouse', ...args]
open({ library: 'chdb', path: library })
load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [commandLine.length, commandLine],
})
// What the query ended with is in the log. Leaving at once: the library's own threads would keep the process.
process.exit(0)
