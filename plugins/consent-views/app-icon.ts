import { type ClientId, namedClient } from '../../domain/connect/clients.ts'

/** Distinguishes apps at a glance: a colour, and a drawing or initials. */
export interface AppIcon {
  fill: string
  path?: string
  initials?: string
}

/** Drawings in a square of 32, in white strokes. None copies the logo of an app. */
const drawings: Record<ClientId, { fill: string; path: string }> = {
  // A speech bubble with two lines.
  chatgpt: {
    fill: '#0b6b53',
    path:
      'M8 8h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H15l-6 5v-5H8a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2z' +
      'M11 13h10M11 17h6'
  },
  // A prompt for Claude Code in a terminal, a sun for Claude in the browser.
  'claude-code': { fill: '#8a3f1d', path: 'M8 11l5 5-5 5M16 22h8' },
  claude: {
    fill: '#b4532f',
    path: 'M16 6v7M16 19v7M6 16h7M19 16h7M9 9l5 5M18 18l5 5M23 9l-5 5M14 18l-5 5'
  },
  // A folded window.
  vscode: { fill: '#0f5f9e', path: 'M22 7v18l-5-2V9zM17 9l-9 9M17 23l-9-9' },
  // A pointer.
  cursor: { fill: '#2f3437', path: 'M9 7l15 7-6.5 2.5L15 23z' },
  // Angle brackets with a stroke.
  codex: { fill: '#4338a0', path: 'M11 10l-5 6 5 6M21 10l5 6-5 6M18 8l-4 16' },
  // A star of four points.
  'gemini-cli': {
    fill: '#5b3fb0',
    path: 'M16 6c1 6 4 9 10 10-6 1-9 4-10 10-1-6-4-9-10-10 6-1 9-4 10-10z'
  },
  // Two waves.
  windsurf: { fill: '#0d6570', path: 'M6 13q5-6 10 0t10 0M6 20q5-6 10 0t10 0' },
  // A bolt of three strokes.
  zed: { fill: '#1c4f8c', path: 'M9 9h14L9 23h14' },
  // A bird on the water.
  goose: { fill: '#5a5a12', path: 'M9 9h4v8q0 6 6 6h6M25 23q1-7-6-9M7 26h18' },
  // Layers of a model.
  'lm-studio': { fill: '#6a3d86', path: 'M8 10h16M11 16h13M8 22h10' },
  // Braces.
  scripts: {
    fill: '#5b4636',
    path:
      'M13 8q-4 0-4 4 0 4-3 4 3 0 3 4 0 4 4 4M19 8q4 0 4 4 0 4 3 4-3 0-3 4 0 4-4 4M14 ' +
      '16h0M18 16h0'
  },
  // A plug.
  other: { fill: '#7a2e4d', path: 'M12 6v6M20 6v6M9 12h14v4a7 7 0 0 1-14 0zM16 23v4' }
}

/** Dark enough for white letters in light and dark mode (4.5 to 1). */
const fillColors = [
  '#7a2e4d',
  '#8a3324',
  '#7a4a0c',
  '#5a5a12',
  '#2f6420',
  '#136152',
  '#165e75',
  '#2a5392',
  '#4b478f',
  '#6a3d86',
  '#7d2f6e',
  '#5b4636'
]

/** The icon of a client. */
export function clientIcon(client: ClientId): AppIcon {
  return drawings[client]
}

/** The icon for the name of an app. The same name always gets the same icon. */
export function appIcon(name: string): AppIcon {
  const client = namedClient(name)
  if (client) return drawings[client]
  const nameHash = [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) >>> 0, 7)
  return { fill: fillColors[nameHash % fillColors.length]!, initials: initialsOf(name) }
}

function initialsOf(name: string): string {
  const nameWords = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  const [first = '?', second] = nameWords
  const initials = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]]
  return initials.join('').toUpperCase()
}
