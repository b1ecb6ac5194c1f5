import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationNodeDatum
} from 'd3-force'

/** Steps of the layout: after these nothing moves visibly. */
const STEPS = 160
/** Space around the nodes for their names, in units of the picture. */
const MARGIN = { x: 90, y: 40 }

/** Two nodes that a line joins. */
export interface PictureEdge {
  from_node: string
  to_node: string
}

export interface Picture<Node, Edge> {
  width: number
  height: number
  nodes: Array<Node & { x: number; y: number }>
  edges: Array<Edge & { x1: number; y1: number; x2: number; y2: number }>
}

interface Body extends SimulationNodeDatum {
  id: string
}

/**
 * Places nodes so that linked ones are near each other, in whole units. The same input always gives
 * the same picture. Edges to nodes that are not in it are left out. The cost grows with the square
 * of the number of nodes: the caller limits it.
 */
export function drawGraph<Node extends { node_id: string }, Edge extends PictureEdge>(
  nodes: readonly Node[],
  edges: readonly Edge[]
): Picture<Node, Edge> {
  const bodies = new Map(nodes.map(({ node_id: id }) => [id, { id } as Body]))
  const drawnEdges = edges.filter(
    ({ from_node: from, to_node: to }) => bodies.has(from) && bodies.has(to)
  )
  moveBodies(
    [...bodies.values()],
    drawnEdges.map(({ from_node: source, to_node: target }) => ({ source, target }))
  )
  const [left, right] = rangeOf([...bodies.values()].map(({ x = 0 }) => x))
  const [top, bottom] = rangeOf([...bodies.values()].map(({ y = 0 }) => y))
  const placeOf = (id: string) => {
    const { x = 0, y = 0 } = bodies.get(id)!
    return { x: Math.round(x - left + MARGIN.x), y: Math.round(y - top + MARGIN.y) }
  }
  return {
    width: Math.round(right - left) + 2 * MARGIN.x,
    height: Math.round(bottom - top) + 2 * MARGIN.y,
    nodes: nodes.map((node) => ({ ...node, ...placeOf(node.node_id) })),
    edges: drawnEdges.map((edge) => {
      const [start, end] = [placeOf(edge.from_node), placeOf(edge.to_node)]
      return { ...edge, x1: start.x, y1: start.y, x2: end.x, y2: end.y }
    })
  }
}

function moveBodies(bodies: Body[], links: Array<{ source: string; target: string }>): void {
  forceSimulation(bodies)
    .force(
      'link',
      forceLink<Body, { source: string; target: string }>(links)
        .id(({ id }) => id)
        .distance(110)
    )
    .force('charge', forceManyBody().strength(-420).distanceMax(600))
    .force('room', forceCollide(46))
    .force('x', forceX(0).strength(0.05))
    .force('y', forceY(0).strength(0.09)) // wider than high, as screens are
    .stop()
    .tick(STEPS)
}

function rangeOf(values: number[]): [number, number] {
  return values.length === 0 ? [0, 0] : [Math.min(...values), Math.max(...values)]
}
