import type { RpcParams } from '../messages.ts'
import type { ListKind } from '../stream-registry.ts'
import type { Exchange } from './exchange.ts'

/**
 * What tests add to the catalogue, to show what the product itself has no use for: other kinds of
 * content, log messages, sampling. `buildApp(config, { fixtures })` takes them; no setting does.
 */
export interface Fixtures {
  /** Added to the capabilities of the server, such as `{ logging: {} }`. */
  capabilities?: Record<string, object>
  /** Methods of revisions before 2026-07-28 alone, such as `logging/setLevel`. */
  olderMethods?: Record<string, (params: RpcParams) => object>
  tools?: FixtureTool[]
  prompts?: FixturePrompt[]
  resources?: FixtureResource[]
  templates?: FixtureTemplate[]
  /** Values for an argument that the product does not complete. */
  complete?: (params: RpcParams) => string[] | undefined
}

/** What a fixture may use beside its arguments. */
export interface FixtureCall extends Exchange {
  params: RpcParams
  /** What the client declares; undefined before 2026-07-28. */
  capabilities: RpcParams | undefined
  /** Tells every open stream of this process that a list changed. */
  announce: (kind: ListKind) => void
}

export interface FixtureTool {
  /** As tools/list has it. */
  listing: { name: string } & Record<string, unknown>
  call: (args: RpcParams, call: FixtureCall) => object | Promise<object>
}

export interface FixturePrompt {
  listing: { name: string } & Record<string, unknown>
  get: (args: Record<string, string>, call: FixtureCall) => object | Promise<object>
}

export interface FixtureResource {
  listing: { uri: string; name: string } & Record<string, unknown>
  /** The `contents` of resources/read. */
  contents: object[]
}

export interface FixtureTemplate {
  listing: { uriTemplate: string; name: string } & Record<string, unknown>
  /** The `contents` under an address; undefined for an address that the template does not have. */
  read: (uri: string) => object[] | undefined
}
