declare module 'fs-native-extensions' {
  /**
   * An exclusive advisory lock on an open file, released when it closes; false when another process
   * has it.
   */
  export function tryLock(fd: number): boolean
}
