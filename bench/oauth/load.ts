import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

/** Of /proc: hundredths of a second. */
const TICKS = 100

export interface Target {
  port: number
  pid: number
  path: string
  headers?: (index: number) => Record<string, string>
  body: (index: number) => string
  expected: number
}
export interface Measured {
  perSecond: number
  cpuMs: number
}

/**
 * Sends so many requests, `atOnce` at a time, and throws when one is not answered as expected. CPU:
 * that of the server process, per request.
 */
export async function measure(
  { port, pid, path, headers = () => ({}), body, expected }: Target,
  from: number,
  count: number,
  atOnce: number
): Promise<Measured> {
  const connections = await Promise.all(Array.from({ length: atOnce }, () => Connection.open(port)))
  let next = from
  const cpu = cpuOf(pid)
  const began = performance.now()
  await Promise.all(
    connections.map(async (connection) => {
      while (next < from + count) {
        const index = next++
        const answer = await connection.post(path, headers(index), body(index))
        if (!answer.startsWith(`HTTP/1.1 ${expected} `)) {
          throw new Error(`${path} answered ${answer}`)
        }
      }
    })
  )
  const seconds = (performance.now() - began) / 1000
  const cpuUsed = cpuOf(pid) - cpu
  for (const connection of connections) connection.close()
  return { perSecond: count / seconds, cpuMs: cpuUsed / count }
}

/**
 * A kept connection that sends one request after the other and reads no more of the answers than
 * where they end: what the generator takes of the machine, the server does not have.
 */
export class Connection {
  readonly #socket: Socket
  #read = ''
  #settle: { resolve: (answer: string) => void; reject: (error: Error) => void } | undefined

  constructor(socket: Socket) {
    this.#socket = socket
      .setEncoding('latin1')
      .setNoDelay()
      .on('data', (text: string) => this.#take(text))
    socket
      .on('close', () =>
        this.#settle?.reject(new Error('The connection was closed before the answer.'))
      )
      .on('error', (error) => this.#settle?.reject(error))
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Connection(socket)
  }

  /** The answer, with its head. */
  post(path: string, headers: Record<string, string>, body: string): Promise<string> {
    return this.send(
      'POST',
      path,
      {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(body.length),
        ...headers
      },
      body
    )
  }

  /** The answer, with its head. */
  send(method: string, path: string, headers: Record<string, string>, body = ''): Promise<string> {
    const fields = { host: 'localhost', ...headers }
    this.#socket.write(
      `${method} ${path} HTTP/1.1\r\n${Object.entries(fields)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n${body}`,
      'latin1'
    )
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(text: string): void {
    this.#read += text
    const body = this.#read.indexOf('\r\n\r\n') + 4
    if (body < 4) return
    const head = this.#read.slice(0, body - 2)
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1]
    if (/\r\ntransfer-encoding: chunked\r\n/i.test(head)) {
      if (!this.#read.endsWith('\r\n0\r\n\r\n')) return
    } else if (length === undefined) {
      return this.#settle?.reject(new Error(`An answer without a length: ${this.#read}`))
    }
    if (length !== undefined && this.#read.length < body + Number(length)) return
    this.#settle?.resolve(this.#read)
    this.#read = ''
  }
}

/** CPU time that a process has used, in milliseconds. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS
}

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
