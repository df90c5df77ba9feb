/** What the console printed last, for the screen of whoever goes on from a snapshot. */

/** Some screens full. */
const MOST_BYTES = 16 * 1024;

export class ConsoleTail {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;

  /** The array must not change any more. */
  add(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.length += bytes.length;
    for (;;) {
      const [first] = this.chunks;
      if (!first || this.length - first.length < MOST_BYTES) return;
      this.chunks.shift();
      this.length -= first.length;
    }
  }

  /** From the beginning of a line on where more than this has been printed. */
  get bytes(): Uint8Array {
    const all = new Uint8Array(Buffer.concat(this.chunks));
    if (all.length <= MOST_BYTES) return all;
    const end = all.indexOf(0x0a, all.length - MOST_BYTES);
    return all.subarray(end < 0 ? all.length - MOST_BYTES : end + 1);
  }
}
