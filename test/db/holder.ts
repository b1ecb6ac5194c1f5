// A process of its own on a data directory: node holder.js DIRECTORY [beside|write] Says "open"
// when it has it, and with `write` each number when its transaction is acknowledged; stays until it
// is killed.
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
      process.stdout.write(`${email}\n`) // a pipe is written at once: what arrives was acknowledged
    }
  }
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
