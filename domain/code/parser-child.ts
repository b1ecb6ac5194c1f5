import { serveJobs } from '../parsing/serve.ts'
import { readSourceFile } from './reading.ts'

/**
 * Reads one file after the other. After one that broke the parser another child takes its place.
 */
serveJobs(readSourceFile)
