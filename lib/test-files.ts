const testFolder = /(^|[/\\])(tests?|__tests__|specs?|e2e)[/\\]/
const testFileName = /(^test_.*|[._-](test|spec)s?|Tests?|Spec)\.[^.]+$/

/** Whether a path names a test by the conventions of its language. Windows has `\` in paths. */
export function isTestFile(path: string): boolean {
  const fileName = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
  return testFolder.test(path) || testFileName.test(fileName)
}
