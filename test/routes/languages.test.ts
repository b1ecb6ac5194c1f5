import t from 'tap'
import { updateLanguage } from '../../db/people/users.ts'
import { catalogues } from '../../views/texts/index.ts'
import { runService } from '../support/running.ts'

/** What a browser opens, but not as a page: addresses of programs, and files. */
const notPages = /^\/(\.well-known|api|mcp|authorize|token|register|revoke|openapi|health|ready)/

t.test(
  'every page of the console of a Japanese account is in Japanese, with no English sentence',
  async (t) => {
    const { app, person, signedIn } = await runService(t)
    const admin = await person(undefined, 'admin')
    await updateLanguage(app.db, admin.user_id, 'ja')
    const visitor = await signedIn(admin.email)
    const sentences = sentencesOf(catalogues.en)
    t.ok(sentences.length > 100)
    let pageCount = 0
    for (const path of pagePaths(app.printRoutes({ commonPrefix: false }))) {
      const answer = await visitor.request(path)
      const html = await answer.text()
      if (!html.includes('class="console"')) continue
      pageCount++
      t.match(html, '<html lang="ja">', path)
      const text = visibleText(html)
      t.same(
        sentences.filter((sentence) => text.includes(sentence)),
        [],
        path
      )
    }
    t.ok(pageCount >= 15, `${pageCount} pages`)
  }
)

/** The paths without parameters that answer GET. */
function pagePaths(tree: string): string[] {
  const segments: string[] = []
  return tree
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [, indent, segment, methods] = /^([│ ]*)[├└]── (\S+) (\(.*\))$/.exec(line)!
      segments.splice(indent!.length / 4, Infinity, segment!)
      const path = segments.join('').replaceAll('//', '/')
      const isPage = methods!.includes('GET') && !/[:*]/.test(path) && !notPages.test(path)
      return isPage ? [path] : []
    })
}

/** The texts of a catalogue with three words or more, without those that are functions. */
function sentencesOf(catalogue: object): string[] {
  return Object.values(catalogue).flatMap((value: unknown) => {
    if (typeof value === 'string') {
      return /\p{L}{2,} \p{L}{2,} \p{L}{2,}/u.test(value) ? [value] : []
    }
    return typeof value === 'object' && value !== null ? sentencesOf(value) : []
  })
}

function visibleText(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
