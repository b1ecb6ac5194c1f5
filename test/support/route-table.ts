import type { FastifyInstance } from 'fastify'

/**
 * Every route of the service as "/path (GET, POST)", sorted: the printed order is by registration.
 */
export function listRoutes(app: FastifyInstance): string[] {
  return fullPaths(app.printRoutes({ commonPrefix: false }).trimEnd())
}

/** Returns each route of a printed tree with its full path, sorted. */
export function fullPaths(tree: string): string[] {
  const segments: string[] = []
  return tree
    .split('\n')
    .map((line) => {
      const [, indent, segment, methods] = /^([│ ]*)[├└]── (\S+) (\(.*\))$/.exec(line)!
      segments.splice(indent!.length / 4, Infinity, segment!)
      return `${segments.join('')} ${methods}`
    })
    .sort()
}
