// The headers of the MCP connection: the key, if there is one. Without a key the client signs in.
import { key } from './connection.mjs'

console.log(JSON.stringify(key === '' ? {} : { Authorization: `Bearer ${key}` }))
