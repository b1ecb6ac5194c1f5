// databases: both
import t from 'tap'
import { storyNames, tellStories } from '../browser/stories/index.ts'
import { openBrowser } from '../support/browser.ts'
import { runService } from '../support/running.ts'

const running = await runService(t)
const service = { running, browser: await openBrowser(t) }

for (const width of [1280, 390] as const) {
  for (const script of [true, false]) {
    t.test(`the console, ${width} pixels, script ${script ? 'on' : 'off'}`, (t) =>
      tellStories(t, service, { width, script }, storyNames)
    )
  }
}
