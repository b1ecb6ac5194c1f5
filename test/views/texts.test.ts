import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { catalogues } from '../../views/texts/index.ts'
import { projectFiles, root } from '../support/sources.ts'

t.test('a view has no words of its own: they are in the catalogues', async (t) => {
  for (const file of projectFiles().filter((file) => file.endsWith('.eta'))) {
    t.same(wordsIn(readFileSync(join(root, file), 'utf8')), [], file)
  }
  t.same(wordsIn('<p title="More">Save <%= it.name %></p><code>npm ci</code>'), ['Save', 'More'])
})

t.test('both catalogues have every text, and no text is empty', async (t) => {
  const english = flatten(catalogues.en)
  const japanese = flatten(catalogues.ja)
  t.same([...japanese.keys()].sort(), [...english.keys()].sort())
  for (const [name, text] of [...english, ...japanese]) t.ok(text.trim(), name)
  const letters = /[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u
  t.same(
    [...english].filter(([, text]) => letters.test(text)),
    [],
    'no Japanese among the English texts'
  )
  const same = [...english].filter(
    ([name, text]) => japanese.get(name) === text && /[a-z]{3} [a-z]{3}/i.test(text)
  )
  t.same(same, [], 'a sentence that is the same in both is not translated')
})

/** The words outside of code, and those of attributes that people hear or see. */
function wordsIn(template: string): string[] {
  const html = template.replace(/<%[\s\S]*?%>/g, ' ')
  const attributes = [...html.matchAll(/\s(?:aria-label|title|placeholder|alt)="([^"]*)"/g)]
  const words = html
    .replace(/<(code|kbd|svg|title)\b[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&\w+;|Kagura|Memory/g, ' ')
  return [words, ...attributes.map(([, value]) => value!)].flatMap(
    (text) => text.match(/\p{L}{2,}/gu) ?? []
  )
}

/** Every text under its path; a function is called with a count of 2 for each argument. */
function flatten(catalogue: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(catalogue).flatMap(([name, value]: [string, unknown]) => {
      const place = path === '' ? name : `${path}.${name}`
      if (typeof value === 'string') return [[place, value] as const]
      if (typeof value === 'function') {
        const samples = Array.from({ length: value.length }, () => 2)
        return [[place, String((value as (...args: unknown[]) => unknown)(...samples))] as const]
      }
      return [...flatten(value as object, place)]
    })
  )
}
