import { frameOf, type Sample } from './sample.ts'

/** The first page, for a new person and later. */
export const homeSamples: Record<string, Sample> = {
  home: { view: 'home', data: { ...frameOf('home'), usage: { memories: 131, bytes: 22_000 } } }
}
