/** The first page after signing in. */
export const home = {
  hello: (name: string) => `Hello, ${name}`
}
