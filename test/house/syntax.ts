import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ESLint } from 'eslint'
import { root } from '../support/sources.ts'

export interface SyntaxNode {
  type: string
  [key: string]: unknown
}

/** The syntax tree of each TypeScript file, in ESTree form with line numbers. */
export async function parseSources(
  files: string[]
): Promise<Array<{ file: string; program: SyntaxNode }>> {
  const { languageOptions } = (await new ESLint({ cwd: root }).calculateConfigForFile(
    join(root, 'app.ts')
  )) as {
    languageOptions: {
      parser: { parseForESLint: (text: string, options: object) => { ast: SyntaxNode } }
    }
  }
  return files.map((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const { ast } = languageOptions.parser.parseForESLint(text, { sourceType: 'module', loc: true })
    return { file, program: ast }
  })
}
