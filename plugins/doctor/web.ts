import type { Config } from '../config/index.ts'
import { type Check, checkWithAdvice, passedCheck } from './visit.ts'

/** Says which web tools are available and how to enable the others. These checks never fail. */
export function checkWeb({
  WEB_TOOLS: webTools,
  BRAVE_SEARCH_API_KEY: braveKey,
  YOUTUBE_TOOLS: youtubeTools
}: Config): Check[] {
  if (!webTools) {
    return [
      checkWithAdvice(
        'web tools',
        'They are disabled, because WEB_TOOLS is false.',
        'Set WEB_TOOLS=true to let tools read the web.'
      )
    ]
  }
  return [
    passedCheck('web tools', 'They can read web pages and arXiv.'),
    youtubeTools
      ? passedCheck('YouTube tools', 'They are enabled.')
      : checkWithAdvice(
          'YouTube tools',
          'They are disabled, because YOUTUBE_TOOLS is false.',
          'Set YOUTUBE_TOOLS=true to enable them.'
        ),
    braveKey !== undefined
      ? passedCheck('Brave tools', 'They are enabled.')
      : checkWithAdvice(
          'Brave tools',
          'Web search and fact checking are disabled, because BRAVE_SEARCH_API_KEY is not set.',
          'Get a key at https://api-dashboard.search.brave.com, set it, and restart the server.'
        )
  ]
}
