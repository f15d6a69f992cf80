// The first program of a fresh clone: `npm start` and `npm test` begin here, on whatever Node is installed.
// This file keeps to old syntax and imports nothing, so that an old Node can still read why it is too old.
const oldest = 20
if (Number(process.versions.node.split('.')[0]) < oldest) {
  console.error(
    'Ledgerbus cannot start: this is Node ' + process.versions.node + ', and Node ' + oldest + ' or newer is needed.',
  )
  console.error('  Remedy: install a current Node (24 is what the project itself runs on), then try again.')
  process.exitCode = 3
} else {
  import('./bootstrap/main.mjs')
    .then(function (bootstrap) {
      return bootstrap.main(process.argv.slice(2))
    })
    .then(
      function (code) {
        process.exitCode = code
      },
      function (error) {
        console.error(error)
        process.exitCode = 1
      },
    )
}
