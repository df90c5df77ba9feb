/** Where bytes come from or go to in a read or write, whoever owns them: user memory, a kernel buffer, a page. */

export interface IoBuffer {
  /** Bytes that may still be transferred. */
  readonly length: number;
  /** Take `bytes` in (a read's data) at `offset` within the buffer. Throws EFAULT for bad user memory. */
  copyIn(bytes: Uint8Array, offset: number): void;
  /** Fill `target` from the buffer (a write's data), starting at `offset`. Throws EFAULT for bad user memory. */
  copyOut(target: Uint8Array, offset: number): void;
  /**
   * As copyIn and copyOut, of `count` bytes at a physical address: for buffers in the machine's memory, where nothing else need
   * stand between the two. Return false, and do nothing, for another's part that is not there.
   */
  copyInPhysical?(address: number, count: number, offset: number): boolean;
  copyOutPhysical?(address: number, count: number, offset: number): boolean;
  /** How many of `count` bytes from `offset` on can be taken out: asked after an EFAULT. Left out where all or none can be. */
  countReadable?(offset: number, count: number): number;
  /** Physical address of the page of memory at `offset`, if a whole one begins there; `isWrite`: to be filled. Throws EFAULT. */
  pageAt?(offset: number, isWrite: boolean): number | undefined;
  /** Each of its parts begins and ends at a multiple of `bytes`. Left out where it lies nowhere in particular. */
  isAligned?(bytes: number): boolean;
}

/** An IoBuffer over an array of the kernel's own. */
export class BytesBuffer implements IoBuffer {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  get length(): number {
    return this.bytes.length;
  }
  copyIn(bytes: Uint8Array, offset: number): void {
    this.bytes.set(bytes, offset);
  }
  copyOut(target: Uint8Array, offset: number): void {
    target.set(this.bytes.subarray(offset, offset + target.length));
  }
}
