// Loaded into the server by --import: the process dies, as by kill -9, when it is about to answer a
// request that asks for it. All is committed by then.
import { ServerResponse } from 'node:http'

const { writeHead } = ServerResponse.prototype as {
  writeHead: (...args: unknown[]) => ServerResponse
}
ServerResponse.prototype.writeHead = function (this: ServerResponse, ...args: unknown[]) {
  if (this.req.headers['x-test-kill'] !== undefined) process.kill(process.pid, 'SIGKILL')
  return writeHead.apply(this, args)
} as typeof ServerResponse.prototype.writeHead
