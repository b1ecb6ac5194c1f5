/** Node.js provides WebAssembly, but its types do not. Sizes are pages of 64 KiB. */
declare namespace WebAssembly {
  class Memory {
    constructor(size: { initial: number; maximum: number })
  }
}
