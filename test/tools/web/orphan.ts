import { startParser } from '../../../domain/parsing/start.ts'

/** Prints the process id of its parser, which runs in a loop while a test kills this process. */
const script = new URL('../code/stuck-child.js', import.meta.url)
const child = startParser(script, { memoryMb: 256, cpuSeconds: 60 })
child.once('message', () =>
  child.send({ content: 'for ever' }, () => setTimeout(() => console.log(child.pid), 200))
)
