import type { Config } from '../../plugins/config/index.ts'
import { type Check, noted, passed } from './visit.ts'

/**
 * Which tools of the web are there, and what would bring the others. Nothing here is wrong; it is
 * the operator's choice.
 */
export function checkWeb({
  WEB_TOOLS: on,
  BRAVE_SEARCH_API_KEY: braveKey,
  YOUTUBE_TOOLS: youtube
}: Config): Check[] {
  if (!on) {
    return [
      noted(
        'web tools',
        'None is listed, because WEB_TOOLS is false.',
        'Set WEB_TOOLS=true to let tools read the web.'
      )
    ]
  }
  return [
    passed('web tools', 'Pages and arXiv can be read.'),
    youtube
      ? passed('YouTube tools', 'They are listed.')
      : noted(
          'YouTube tools',
          'They are not listed, because YOUTUBE_TOOLS is false.',
          'Set YOUTUBE_TOOLS=true to have them.'
        ),
    braveKey !== undefined
      ? passed('Brave tools', 'They are listed.')
      : noted(
          'Brave tools',
          'Search and fact checking are not listed, because BRAVE_SEARCH_API_KEY is not set.',
          'Get a key at https://api-dashboard.search.brave.com, set it, and restart the server.'
        )
  ]
}
