// Each story once; test/prove/stories.prove.ts tells all of them on every screen.
import t from 'tap'
import { openBrowser } from '../support/browser.ts'
import { runService } from '../support/running.ts'
import { tellStories } from './stories/index.ts'

const running = await runService(t)
const service = { running, browser: await openBrowser(t) }

t.test('the console on a computer', (t) =>
  tellStories(t, service, { width: 1280, script: true }, ['memory', 'import', 'connect'])
)

t.test('the console on a phone, without script', (t) =>
  tellStories(t, service, { width: 390, script: false }, ['selection', 'apps'])
)
