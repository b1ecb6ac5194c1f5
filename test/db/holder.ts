// Opens a data directory as a separate process: node holder.js DIRECTORY [beside|write]
// It prints "open" when it has the directory, and stays until it is killed. `write` makes it insert
// users; it prints each email after the commit. `beside` makes it print all emails and end.
import { connect } from '../../db/connection/connect.ts'

const [directory, mode] = process.argv.slice(2)
try {
  const { db } = await connect({ dataDir: directory!, beside: mode === 'beside' })
  if (mode === 'beside') {
    const users = await db.selectFrom('users').select('email').orderBy('email').execute()
    console.log(JSON.stringify(users.map(({ email }) => email)))
    process.exit(0)
  }
  console.log('open')
  if (mode === 'write') await Promise.all([0, 1, 2, 3].map(write))
  else setInterval(() => {}, 1000)

  async function write(writer: number): Promise<void> {
    for (let number = writer; ; number += 4) {
      const email = `${process.pid}-${number}@example.com`
      await db.transaction().execute(async (trx) => {
        const { user_id: userId } = await trx
          .insertInto('users')
          .values({ email, name: 'x'.repeat(500) })
          .returning('user_id')
          .executeTakeFirstOrThrow()
        await trx
          .insertInto('sessions')
          .values({ session_hash: email, user_id: userId, expires_at: new Date() })
          .execute()
      })
      process.stdout.write(`${email}\n`) // unbuffered, so it is committed
    }
  }
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
