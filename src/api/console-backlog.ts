/** What the console printed while nobody listened: the last of it, in memory that is bounded whatever the guest prints. */

/** What is left of more is at least MOST_BYTES - BLOCK_BYTES. */
export const MOST_BYTES = 1024 * 1024;
/** Printed often a byte at a time: an array for each would take a hundred times its length. */
const BLOCK_BYTES = 64 * 1024;

export class ConsoleBacklog {
  /** Full ones but the last. */
  private readonly blocks: Uint8Array[] = [];
  /** Bytes in the last one. */
  private length = BLOCK_BYTES;

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + BLOCK_BYTES - this.length);
      this.blocks.at(-1)?.set(part, this.length);
      this.length += part.length;
      at += part.length;
      if (at < bytes.length) this.begin();
    }
  }

  /** All that is there, in order; afterwards nothing is. */
  take(): Uint8Array[] {
    const blocks = this.blocks.splice(0);
    const last = blocks.pop();
    if (last) blocks.push(last.subarray(0, this.length));
    this.length = BLOCK_BYTES;
    return blocks;
  }

  private begin(): void {
    if (this.blocks.length === MOST_BYTES / BLOCK_BYTES) this.blocks.shift();
    this.blocks.push(new Uint8Array(BLOCK_BYTES));
    this.length = 0;
  }
}
