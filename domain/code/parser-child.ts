import { serveJobs } from '../parsing/serve.ts'
import { readSourceFile } from './reading.ts'

/** Reads files one at a time. Another child replaces this one after a file broke the parser. */
serveJobs(readSourceFile)
