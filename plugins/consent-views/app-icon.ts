/** Distinguishes apps at a glance: a colour, and a drawing or initials. */
export interface AppIcon {
  fill: string
  path?: string
  initials?: string
}

interface KnownApp {
  name: RegExp
  fill: string
  path: string
}

/** Drawings in a square of 32, in white strokes. None copies the logo of an app. */
const knownApps: KnownApp[] = [
  // A prompt for Claude Code in a terminal, a sun for Claude in the browser.
  { name: /\bclaude[ -]?code\b/i, fill: '#8a3f1d', path: 'M8 11l5 5-5 5M16 22h8' },
  {
    name: /\bclaude\b/i,
    fill: '#b4532f',
    path: 'M16 6v7M16 19v7M6 16h7M19 16h7M9 9l5 5M18 18l5 5M23 9l-5 5M14 18l-5 5'
  },
  // Angle brackets with a stroke.
  { name: /\bcodex\b/i, fill: '#4338a0', path: 'M11 10l-5 6 5 6M21 10l5 6-5 6M18 8l-4 16' },
  // A speech bubble with two lines.
  {
    name: /\b(chatgpt|openai)\b/i,
    fill: '#0b6b53',
    path:
      'M8 8h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H15l-6 5v-5H8a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2z' +
      'M11 13h10M11 17h6'
  },
  // A pointer.
  { name: /\bcursor\b/i, fill: '#2f3437', path: 'M9 7l15 7-6.5 2.5L15 23z' },
  // A folded window.
  {
    name: /\b(vs ?code|visual studio code)\b/i,
    fill: '#0f5f9e',
    path: 'M22 7v18l-5-2V9zM17 9l-9 9M17 23l-9-9'
  },
  // A star of four points.
  {
    name: /\bgemini\b/i,
    fill: '#5b3fb0',
    path: 'M16 6c1 6 4 9 10 10-6 1-9 4-10 10-1-6-4-9-10-10 6-1 9-4 10-10z'
  }
]

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

/** The icon for the name of an app. The same name always gets the same icon. */
export function appIcon(name: string): AppIcon {
  const knownApp = knownApps.find((app) => app.name.test(name))
  if (knownApp) return { fill: knownApp.fill, path: knownApp.path }
  const nameHash = [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) >>> 0, 7)
  return { fill: fillColors[nameHash % fillColors.length]!, initials: initialsOf(name) }
}

function initialsOf(name: string): string {
  const nameWords = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  const [first = '?', second] = nameWords
  const initials = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]]
  return initials.join('').toUpperCase()
}
