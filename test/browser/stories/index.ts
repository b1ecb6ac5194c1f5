import type { Test } from 'tap'
import type { Browser } from '../../support/browser.ts'
import type { Running } from '../../support/running.ts'
import { appStory } from './apps.ts'
import { connectStory } from './connect.ts'
import { importStory } from './imports.ts'
import { memoryStory, selectionStory } from './memories.ts'
import { type Screen, tellStory } from './story.ts'

const stories = {
  memory: memoryStory,
  selection: selectionStory,
  apps: appStory,
  import: importStory,
  connect: connectStory
}
export type StoryName = keyof typeof stories
export const storyNames = Object.keys(stories) as StoryName[]

/** Tells stories on a screen, each as a subtest with a new person. */
export async function tellStories(
  t: Test,
  service: { running: Running; browser: Browser },
  screen: Screen,
  names: StoryName[]
): Promise<void> {
  const place = `${screen.width} pixels, script ${screen.script ? 'on' : 'off'}`
  for (const name of names) {
    await t.test(`${name}, ${place}`, (t) => tellStory(t, { ...service, screen }, stories[name]))
  }
}
