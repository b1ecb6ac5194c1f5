import { startParser } from '../../../domain/parsing/start.ts'

/** A process that is killed while its parser is in a loop: prints the parser's process id. */
const script = new URL('../code/stuck-child.js', import.meta.url)
const child = startParser(script, { memoryMb: 256, cpuSeconds: 60 })
child.once('message', () =>
  child.send({ content: 'for ever' }, () => setTimeout(() => console.log(child.pid), 200))
)
