const testFolder = /(^|\/)(tests?|__tests__|specs?|e2e)\//
const testFileName = /(^test_[^/]*|[._-](test|spec|tests)|_test|Tests?|Spec)\.[^./]+$/

/** Whether a file is a test by the customs of its language, which its path tells. */
export function isTestFile(path: string): boolean {
  return testFolder.test(path) || testFileName.test(path.slice(path.lastIndexOf('/') + 1))
}
