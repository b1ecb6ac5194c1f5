import pg from 'pg'

/** A statement that a tool call sent to the database. */
export interface Statement {
  call: string
  text: string
  values: unknown[]
}

/** Runs the work; returns the statements that this process sent meanwhile, in order. */
export async function recordStatements(
  call: string,
  work: () => Promise<unknown>
): Promise<Statement[]> {
  const statements: Statement[] = []
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...args: any[]) {
    const [statement, parameters] = args
    const text = statement.text ?? statement
    const values = statement.values ?? parameters
    if (/^\s*(select|insert|update|delete|with)/i.test(text)) {
      statements.push({ call, text, values })
    }
    return (query as any).apply(this, args)
  } as any
  try {
    await work()
  } finally {
    pg.Client.prototype.query = query
  }
  return statements
}
