/** Longer ones are generated. */
const MOST_CHARACTERS = 200_000

/** The names under which a manifest lets other files import what is beside it. */
export function manifestNames (path: string, content: string): string[] {
  if (content.length > MOST_CHARACTERS) return []
  const name = nameIn(path.slice(path.lastIndexOf('/') + 1), content)
  return name ? [name] : []
}

function nameIn (file: string, content: string): string | undefined {
  switch (file) {
    case 'go.mod': return /^module[ \t]+"?([^\s"]+)/m.exec(content)?.[1]
    case 'Cargo.toml': return /^\[package\][^[]*?^name[ \t]*=[ \t]*"([^"]+)"/ms.exec(content)?.[1]?.replaceAll('-', '_')
    case 'package.json': return packageName(content)
  }
}

function packageName (content: string): string | undefined {
  try {
    const { name } = JSON.parse(content) as { name?: unknown }
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined
  }
}
