// Runs test files one after another in this process, which loads the service once for all of them.
//   node dist/test/series.js dist/test/x.test.js dist/test/y.test.js
import { once } from 'node:events'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { FILE_BEGINS } from './support/report.ts'

const timeoutMs = Number(process.env['TAP_TIMEOUT'] ?? 300) * 1000
// tap tears down what the files opened when the process ends. Here that happens after each file.
let teardowns: Array<() => unknown> = []
t.teardown = (undo) => {
  teardowns.push(undo)
}

for (const file of process.argv.slice(2)) {
  t.comment(`${FILE_BEGINS}${file}`)
  t.setTimeout(timeoutMs)
  await reportErrors(async () => {
    await import(pathToFileURL(resolve(file)).href)
    while (!t.idle) await once(t, 'idle')
  })
  for (const undo of teardowns.toReversed()) await reportErrors(undo)
  teardowns = []
}
t.end()

/** Runs the work. Its error is a failure of the file, and the next one runs all the same. */
async function reportErrors(work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    t.fail('an error outside of the tests', { error })
  }
}
