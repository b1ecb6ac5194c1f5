import { webScrape } from './scrape.ts'

export const webTools = [webScrape]
