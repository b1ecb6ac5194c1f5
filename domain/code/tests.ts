const folder = /(^|\/)(tests?|__tests__|specs?|e2e)\//
const name = /(^test_[^/]*|[._-](test|spec|tests)|_test|Tests?|Spec)\.[^./]+$/

/** Whether a file is a test by the customs of its language, which its path tells. */
export function isTest(path: string): boolean {
  return folder.test(path) || name.test(path.slice(path.lastIndexOf('/') + 1))
}
