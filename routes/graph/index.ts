import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { drawGraph } from '../../domain/graph/picture.ts'
import { edgeTypes } from '../../domain/graph/nodes.ts'
import {
  endLink,
  type GraphRequest,
  type GraphView,
  reopenLink,
  viewGraph
} from '../../domain/graph/view.ts'
import { PageError } from '../../lib/errors.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { ownPath } from '../../plugins/auth/index.ts'
import type { ConsolePages } from '../../plugins/console/pages/index.ts'
import { formOf, type Parameters, queryOf } from '../../plugins/form-parameters.ts'

const MAX_DEPTH = 3
/** Characters of a name inside the picture. */
const MAX_LABEL = 18
const MAX_REFERENCE = 400
/** Edge ids are UUIDs, and imports may bring others; the database refuses NUL. */
const edgeIdPattern = /^[\w.:-]{1,255}$/

/** A picture of how memories and things are linked, and the form that ends a link. */
const graphPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const graphRequest = readRequest(queryOf(request.url))
    const view = await viewGraph(app.console.context(session), graphRequest).catch(
      (error: unknown) => {
        throw error instanceof ToolError
          ? new PageError(404, request.texts.graph.noSuchNode, request.texts.graph.noSuchNodeText, {
              link: { href: '/graph', text: request.texts.graph.title }
            })
          : error
      }
    )
    return app.console.show(request, reply, session, 'memories/graph', {
      ...pageOf(view, graphRequest),
      mayChange: session.role !== 'read_only'
    })
  })

  addLinkForms(app)
}
export default graphPage

/** The forms that end a link, and take the end back. */
function addLinkForms(app: FastifyInstance): void {
  app.post('/unlink', async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const form = formOf(request)
    const returnTo = ownPath(form.get('return_to') ?? '/graph')
    const edgeId = form.get('edge_id') ?? ''
    const edge = edgeIdPattern.test(edgeId)
      ? await endLink(app.console.context(session), edgeId)
      : undefined
    if (!edge) {
      const text = request.texts.graph.linkGone
      return app.console.redirect(reply, session, returnTo, {
        problem: { form: 'graph', text },
        status: 409
      })
    }
    return app.console.redirect(reply, session, returnTo, {
      notice: request.texts.graph.unlinked,
      undo: {
        action: '/graph/relink',
        fields: [
          ['edge_id', edge.edge_id],
          ['version', String(edge.version - 1)],
          ['return_to', returnTo]
        ]
      }
    })
  })

  app.post('/relink', async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const form = formOf(request)
    const returnTo = ownPath(form.get('return_to') ?? '/graph')
    const [edgeId, version] = [form.get('edge_id') ?? '', form.get('version') ?? '']
    const isReopened =
      edgeIdPattern.test(edgeId) &&
      /^\d{1,9}$/.test(version) &&
      (await reopenLink(app.console.context(session), edgeId, Number(version)))
    const { texts } = request
    return app.console.redirect(
      reply,
      session,
      returnTo,
      isReopened
        ? { notice: texts.graph.relinked }
        : { problem: { form: 'graph', text: texts.graph.placeTaken }, status: 409 }
    )
  })
}

function readRequest(query: Parameters): GraphRequest {
  const node = (query.get('node') ?? '').slice(0, MAX_REFERENCE).replaceAll('\0', '')
  const depth = Math.min(Math.max(Number(query.get('depth') ?? 1) || 1, 1), MAX_DEPTH)
  const type = query.get('type')
  return {
    node: node === '' ? undefined : node,
    depth: Math.floor(depth),
    type: type !== undefined && edgeTypes.includes(type) ? type : undefined
  }
}

function pageOf(
  { centre, nodes, edges, isCut }: GraphView,
  request: GraphRequest
): Omit<ConsolePages['memories/graph'], 'mayChange'> {
  const nodesById = new Map(nodes.map((node) => [node.node_id, node]))
  const drawnNodes = nodes.map((node) => ({
    ...node,
    href: graphPath({ ...request, node: node.node_id }),
    label:
      [...node.name].length > MAX_LABEL
        ? `${[...node.name].slice(0, MAX_LABEL).join('')}…`
        : node.name
  }))
  const [, memoryId] = /^memory:(.+)$/.exec(centre?.node_id ?? '') ?? []
  return {
    centre,
    depth: request.depth,
    type: request.type ?? '',
    types: edgeTypes,
    picture: drawGraph(drawnNodes, edges),
    rows: edges.map((edge) => ({
      edge,
      from: nodesById.get(edge.from_node)!,
      to: nodesById.get(edge.to_node)!
    })),
    isCut,
    here: graphPath(request),
    memoryPath: memoryId && `/memories/${encodeURIComponent(memoryId)}`
  }
}

function graphPath({ node, depth, type }: GraphRequest): string {
  const query = new URLSearchParams({
    ...(node !== undefined && { node }),
    ...(depth > 1 && { depth: String(depth) }),
    ...(type !== undefined && { type })
  }).toString()
  return query === '' ? '/graph' : `/graph?${query}`
}
