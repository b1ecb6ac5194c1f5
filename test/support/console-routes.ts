import type { FastifyInstance } from 'fastify'
import { listRoutes } from './route-table.ts'

export interface ConsoleRoute {
  path: string
  methods: string[]
}

/** Pages that nobody needs to sign in for, and addresses for programs. */
const openPages = new RegExp(
  String.raw`^\/(settings\/deleted|login|setup|invite|reset|device|logout|health|ready|metrics|` +
    String.raw`authorize|token|register|revoke|mcp|api|openapi\.json|\.well-known|plugins|` +
    String.raw`style\.css|console\.js|passkeys\.js|manifest\.webmanifest|` +
    String.raw`apple-touch-icon\.png|favicon\.ico|icon)`
)

/** The routes of the console, for a person who is signed in. */
export function consoleRoutes(app: FastifyInstance): ConsoleRoute[] {
  return listRoutes(app)
    .map((route) => /^(\S+) \((.*)\)$/.exec(route)!)
    .map(([, path, methods]) => ({ path: path!, methods: methods!.split(', ') }))
    .filter(({ path, methods }) => !openPages.test(path) && !methods.includes('OPTIONS'))
}

/** The path with a value for each parameter. Throws if there is none: a new one needs a value. */
export function fillPath(path: string, values: Record<string, string>): string {
  return path.replace(/\/:(\w+)/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`No value of the parameter ${name}, for ${path}`)
    return `/${encodeURIComponent(value)}`
  })
}
