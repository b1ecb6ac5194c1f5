/** A file that may be imported: on the disk, or in an archive. */
export interface SourceFile {
  /** The path below the folder or in the archive, or the file's name. */
  path: string
  /** Bytes, as the file system or the archive states it. */
  size: number
  /** Reads the file. It can be read several times. */
  bytes: () => AsyncIterable<Buffer | string>
}

/** A file that is not read, and why. */
export interface LeftOutFile {
  file: string
  why: string
}
