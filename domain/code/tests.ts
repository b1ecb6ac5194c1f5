const testFolder = /(^|\/)(tests?|__tests__|specs?|e2e)\//
const testFileName = /(^test_[^/]*|[._-](test|spec|tests)|_test|Tests?|Spec)\.[^./]+$/

/** Whether a path names a test by the conventions of its language. */
export function isTestFile(path: string): boolean {
  return testFolder.test(path) || testFileName.test(path.slice(path.lastIndexOf('/') + 1))
}
