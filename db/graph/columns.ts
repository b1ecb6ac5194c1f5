/** What a link says, apart from its id. */
export const linkColumns = [
  'from_node',
  'to_node',
  'type',
  'weight',
  'valid_from',
  'valid_until',
  'source',
  'created_at'
] as const

/** The columns that a link and its former states share, apart from the owner. */
export const edgeColumns = [
  'edge_id',
  'version',
  ...linkColumns,
  'written_at',
  'written_by'
] as const
