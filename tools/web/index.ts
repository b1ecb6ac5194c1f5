import { arxivSearch } from './arxiv.ts'
import { factTools } from './facts.ts'
import { webScrape } from './scrape.ts'
import { searchTools } from './search.ts'
import { youtubeTools } from './youtube.ts'

export const webTools = [webScrape, arxivSearch, ...searchTools, ...youtubeTools, ...factTools]
