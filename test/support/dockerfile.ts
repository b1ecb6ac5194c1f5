/** One instruction of a Dockerfile, such as `COPY` with `. .`. */
export interface DockerInstruction {
  name: string
  value: string
}

/**
 * The instructions of a Dockerfile in their order. It joins lines that end in a backslash and knows
 * no heredocs. Throws for a line that is no instruction.
 */
export function readDockerfile(text: string): DockerInstruction[] {
  return text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name, value] = /^([A-Z]+) +(.+)$/.exec(line) ?? []
      if (!name || !value) throw new Error(`Not an instruction: ${line}`)
      return { name, value }
    })
}
