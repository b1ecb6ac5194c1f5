import { Type } from 'typebox'
import { closed } from '../../domain/memory/fields.ts'
import { tool } from '../tool.ts'
import { braveSearch, mapWebResult } from '../../domain/web/brave.ts'
import {
  webAnnotations,
  resultCount,
  SearchResults,
  searchResultsText,
  boundResults,
  SearchQuery,
  SafeSearch
} from './fields.ts'
import { httpLink, asObject, plainText, presentFields } from '../../domain/web/plain.ts'

const sharedFields = {
  groups: ['web'] as ['web'],
  needs: ['brave'] as const,
  annotations: webAnnotations
}
/** Countries that Brave knows. */
const braveCountries = (
  'AR AU AT BE BR CA CL DK FI FR DE GR HK IN ID IT JP KR MY MX NL NZ NO CN PL PT PH RU SA ZA ' +
  'ES SE CH TW TR GB US ALL IE'
).split(' ')

const braveWebSearch = tool({
  ...sharedFields,
  name: 'brave_web_search',
  title: 'Search the web',
  description:
    'Searches the web: titles, addresses, descriptions, best first. Use it for what is ' +
    'not remembered; for what is, use memory_search. Read a page with web_scrape.',
  example: { query: 'granite lighthouse history' },
  input: Type.Object({ query: SearchQuery, count: resultCount(20, 5) }, closed),
  output: SearchResults,
  async run({ query, count: most = 5 }, context) {
    return braveSearch(context, 'web', query, { count: most }, mapWebResult).then(boundResults)
  },
  text: searchResultsText
})

const braveNewsSearch = tool({
  ...sharedFields,
  name: 'brave_news_search',
  title: 'Search the news',
  description:
    'Searches news articles: titles, addresses, descriptions, dates. Use it for what ' +
    'happened lately; for everything else, use brave_web_search.',
  example: { query: 'lighthouse relit', freshness: 'pw' },
  input: Type.Object(
    {
      query: SearchQuery,
      count: resultCount(20, 5),
      country: Type.Optional(
        Type.String({
          maxLength: 3,
          default: 'US',
          description: 'Country in two letters, such as JP.'
        })
      ),
      search_lang: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z]{2}(-[A-Za-z]{2,4})?$',
          default: 'en',
          description: 'Language of results, such as ja.'
        })
      ),
      freshness: Type.Optional(
        Type.Enum(['pd', 'pw', 'pm', 'py'], { description: 'Age: past day, week, month or year.' })
      )
    },
    closed
  ),
  output: SearchResults,
  async run(
    { query, count: most = 5, country = 'US', search_lang: language = 'en', freshness },
    context
  ) {
    const searchParameters = {
      count: most,
      country: braveCountries.includes(country.toUpperCase()) ? country.toUpperCase() : 'US',
      search_lang: language.toLowerCase(),
      ...(freshness && { freshness })
    }
    return braveSearch(context, 'news', query, searchParameters, (result) => {
      const newsArticle = mapWebResult(result)
      return newsArticle === undefined
        ? undefined
        : {
            ...newsArticle,
            ...presentFields({ thumbnail: httpLink(asObject(result['thumbnail'])['src']) })
          }
    }).then(boundResults)
  },
  text: searchResultsText
})

const braveImageSearch = tool({
  ...sharedFields,
  name: 'brave_image_search',
  title: 'Search images',
  description:
    'Searches images: titles, the pages they are on, their own addresses. Use it when a ' +
    'picture is wanted; for text, use brave_web_search.',
  example: { query: 'lighthouse at night' },
  input: Type.Object(
    { query: SearchQuery, count: resultCount(200, 10), safesearch: SafeSearch },
    closed
  ),
  output: SearchResults,
  async run({ query, count: most = 10, safesearch = 'moderate' }, context) {
    // Of images Brave knows no moderate search.
    return braveSearch(
      context,
      'images',
      query,
      { count: most, safesearch: safesearch === 'off' ? 'off' : 'strict' },
      (result) => {
        const imageUrl = httpLink(result['url'])
        if (imageUrl === undefined) return undefined
        return {
          title: plainText(result['title'], 200) ?? imageUrl,
          url: imageUrl,
          ...presentFields({
            image_url: httpLink(asObject(result['properties'])['url']),
            thumbnail: httpLink(asObject(result['thumbnail'])['src']),
            site: plainText(result['source'], 100)
          })
        }
      }
    ).then(boundResults)
  },
  text: searchResultsText
})

const braveVideoSearch = tool({
  ...sharedFields,
  name: 'brave_video_search',
  title: 'Search videos',
  description:
    'Searches videos: titles, addresses, descriptions, length, maker. Use it when a ' +
    'video is wanted; what one says is in get_youtube_transcript.',
  example: { query: 'how a lighthouse lens works' },
  input: Type.Object(
    { query: SearchQuery, count: resultCount(50, 10), safesearch: SafeSearch },
    closed
  ),
  output: SearchResults,
  async run({ query, count: most = 10, safesearch = 'moderate' }, context) {
    return braveSearch(context, 'videos', query, { count: most, safesearch }, (result) => {
      const videoResult = mapWebResult(result)
      const { duration, views, creator, publisher } = asObject(result['video'])
      return videoResult === undefined
        ? undefined
        : {
            ...videoResult,
            ...presentFields({
              duration: plainText(duration, 20),
              views: plainText(views, 20),
              creator: plainText(creator ?? publisher, 100)
            })
          }
    }).then(boundResults)
  },
  text: searchResultsText
})

export const searchTools = [braveWebSearch, braveNewsSearch, braveImageSearch, braveVideoSearch]
