/**
 * Names that say too little to be read without their neighbours. The linter refuses them
 * (eslint.config.js); CONTRIBUTING.md has a glossary of what to write instead.
 */
export const denylist: ReadonlySet<string> = new Set(
  (
    'asked one other own by of said told found named here given wanted telling spoken shown ' +
    'plain linesOf meant worded spent holders FEW CHOSEN MOST lookAhead lookAndUse'
  ).split(' ')
)
