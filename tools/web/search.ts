import { Type } from 'typebox'
import { closed } from '../../domain/memory/fields.ts'
import { tool } from '../tool.ts'
import { braveSearch, webResult } from '../../domain/web/brave.ts'
import { annotations, count, Found, foundText, noticed, Query, SafeSearch } from './fields.ts'
import { link, object, plain, present } from '../../domain/web/plain.ts'

const shared = { groups: ['web'] as ['web'], needs: ['brave'] as const, annotations }
/** Countries that Brave knows. */
const countries =
  'AR AU AT BE BR CA CL DK FI FR DE GR HK IN ID IT JP KR MY MX NL NZ NO CN PL PT PH RU SA ZA ES SE CH TW TR GB US ALL IE'.split(
    ' '
  )

const braveWebSearch = tool({
  ...shared,
  name: 'brave_web_search',
  title: 'Search the web',
  description:
    'Searches the web: titles, addresses, descriptions, best first. Read a page with web_scrape.',
  input: Type.Object({ query: Query, count: count(20, 5) }, closed),
  output: Found,
  async run({ query, count: most = 5 }, context) {
    return braveSearch(context, 'web', query, { count: most }, webResult).then(noticed)
  },
  text: foundText
})

const braveNewsSearch = tool({
  ...shared,
  name: 'brave_news_search',
  title: 'Search the news',
  description: 'Searches news articles: titles, addresses, descriptions, dates.',
  input: Type.Object(
    {
      query: Query,
      count: count(20, 5),
      country: Type.Optional(
        Type.String({ maxLength: 3, default: 'US', description: 'Two letters.' })
      ),
      search_lang: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z]{2}(-[A-Za-z]{2,4})?$',
          default: 'en',
          description: 'Language.'
        })
      ),
      freshness: Type.Optional(
        Type.Enum(['pd', 'pw', 'pm', 'py'], { description: 'Past day, week, month, year.' })
      )
    },
    closed
  ),
  output: Found,
  async run(
    { query, count: most = 5, country = 'US', search_lang: language = 'en', freshness },
    context
  ) {
    const parameters = {
      count: most,
      country: countries.includes(country.toUpperCase()) ? country.toUpperCase() : 'US',
      search_lang: language.toLowerCase(),
      ...(freshness && { freshness })
    }
    return braveSearch(context, 'news', query, parameters, (result) => {
      const article = webResult(result)
      return article === undefined
        ? undefined
        : { ...article, ...present({ thumbnail: link(object(result['thumbnail'])['src']) }) }
    }).then(noticed)
  },
  text: foundText
})

const braveImageSearch = tool({
  ...shared,
  name: 'brave_image_search',
  title: 'Search images',
  description: 'Searches images: titles, the pages they are on, their own addresses.',
  input: Type.Object({ query: Query, count: count(200, 10), safesearch: SafeSearch }, closed),
  output: Found,
  async run({ query, count: most = 10, safesearch = 'moderate' }, context) {
    // Of images Brave knows no moderate search.
    return braveSearch(
      context,
      'images',
      query,
      { count: most, safesearch: safesearch === 'off' ? 'off' : 'strict' },
      (result) => {
        const url = link(result['url'])
        if (url === undefined) return undefined
        return {
          title: plain(result['title'], 200) ?? url,
          url,
          ...present({
            image_url: link(object(result['properties'])['url']),
            thumbnail: link(object(result['thumbnail'])['src']),
            site: plain(result['source'], 100)
          })
        }
      }
    ).then(noticed)
  },
  text: foundText
})

const braveVideoSearch = tool({
  ...shared,
  name: 'brave_video_search',
  title: 'Search videos',
  description: 'Searches videos: titles, addresses, descriptions, length, maker.',
  input: Type.Object({ query: Query, count: count(50, 10), safesearch: SafeSearch }, closed),
  output: Found,
  async run({ query, count: most = 10, safesearch = 'moderate' }, context) {
    return braveSearch(context, 'videos', query, { count: most, safesearch }, (result) => {
      const entry = webResult(result)
      const { duration, views, creator, publisher } = object(result['video'])
      return entry === undefined
        ? undefined
        : {
            ...entry,
            ...present({
              duration: plain(duration, 20),
              views: plain(views, 20),
              creator: plain(creator ?? publisher, 100)
            })
          }
    }).then(noticed)
  },
  text: foundText
})

export const searchTools = [braveWebSearch, braveNewsSearch, braveImageSearch, braveVideoSearch]
