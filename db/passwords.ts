import argon2 from 'argon2'

/** argon2id with the library's parameters (64 MiB, 3 passes), as a PHC string. */
export function hashPassword (password: string): Promise<string> {
  return argon2.hash(password)
}

let decoy: Promise<string> | undefined

/** Takes the same time whether or not there is a hash to compare with, so that unknown people cannot be told apart. */
export async function verifyPassword (passwordHash: string | null | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password')
  const matches = await argon2.verify(passwordHash ?? await decoy, password)
  return matches && typeof passwordHash === 'string'
}
