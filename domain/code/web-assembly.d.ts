/** What Node.js has of it and its types lack. Sizes in pages of 64 KiB. */
declare namespace WebAssembly {
  class Memory {
    constructor(size: { initial: number; maximum: number })
  }
}
