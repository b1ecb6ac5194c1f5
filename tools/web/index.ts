import { arxivSearch } from './arxiv.ts'
import { webScrape } from './scrape.ts'
import { searchTools } from './search.ts'

export const webTools = [webScrape, arxivSearch, ...searchTools]
