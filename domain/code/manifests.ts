/** Longer ones are generated. */
const MAX_CHARACTERS = 50_000

/** Aliases of one file. */
const MAX_ALIASES = 100
const TSCONFIG = /^(?:ts|js)config(?:\.\w+)?\.json$/

/**
 * Between what is written in imports and the path that it stands for, from the manifest's folder,
 * each with at most one star.
 */
export const STANDS_FOR = ' => '

/**
 * The names under which a manifest lets other files import what is beside it; of a tsconfig.json
 * its aliases.
 */
export function manifestNames(path: string, content: string): string[] {
  if (content.length > MAX_CHARACTERS) return []
  const file = path.slice(path.lastIndexOf('/') + 1)
  if (TSCONFIG.test(file)) return aliases(content)
  const name = nameIn(file, content)
  return name ? [name] : []
}

function nameIn(file: string, content: string): string | undefined {
  switch (file) {
    case 'go.mod':
      return /^module[ \t]+"?([^\s"]+)/m.exec(content)?.[1]
    case 'Cargo.toml':
      return /^\[package\][^[]*?^name[ \t]*=[ \t]*"([^"]+)"/ms
        .exec(content)?.[1]
        ?.replaceAll('-', '_')
    case 'package.json': {
      const { name } = parsed(content) as { name?: unknown }
      return typeof name === 'string' ? name : undefined
    }
  }
}

function aliases(content: string): string[] {
  const { compilerOptions } = parsed(content) as {
    compilerOptions?: { baseUrl?: unknown; paths?: unknown } | null
  }
  const base = typeof compilerOptions?.baseUrl === 'string' ? compilerOptions.baseUrl : '.'
  const pairs = Object.entries(compilerOptions?.paths ?? {}).flatMap(([alias, targets]) =>
    Array.isArray(targets) ? targets.map((target) => [alias, target]) : []
  )
  return pairs
    .filter(([, target]) => typeof target === 'string')
    .slice(0, MAX_ALIASES)
    .map(([alias, target]) => `${alias}${STANDS_FOR}${base}/${target}`)
}

/**
 * JSON with comments and commas at ends, as these files are written; an empty object for what is
 * none.
 */
function parsed(content: string): object {
  const plain = content
    .replace(/("(?:[^"\\]|\\.)*"?)|\/\/[^\n]*|\/\*(?:[^]*?\*\/|[^]*$)/g, '$1')
    .replace(/("(?:[^"\\]|\\.)*"?)|,(?=\s*[}\]])/g, '$1')
  try {
    const value: unknown = JSON.parse(plain)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
