/** A bounded queue of bytes: a ring over one array that grows up to its capacity. */

const INITIAL_BYTES = 256;

export class ByteQueue {
  /** Most bytes that it holds. */
  readonly capacity: number;
  private ring = new Uint8Array(INITIAL_BYTES);
  private head = 0;
  length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get room(): number {
    return this.capacity - this.length;
  }

  /** Put bytes in; returns how many fitted. */
  push(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room);
    this.grow(this.length + count);
    const at = (this.head + this.length) % this.ring.length;
    const first = Math.min(count, this.ring.length - at);
    this.ring.set(bytes.subarray(0, first), at);
    this.ring.set(bytes.subarray(first, count), 0);
    this.length += count;
    return count;
  }

  /** Take out at most `limit` bytes, oldest first. */
  shift(limit: number): Uint8Array {
    const bytes = this.peek(limit);
    this.head = (this.head + bytes.length) % this.ring.length;
    this.length -= bytes.length;
    return bytes;
  }

  /** A copy of the first bytes, at most `limit`. */
  peek(limit: number): Uint8Array {
    const count = Math.min(limit, this.length);
    const bytes = new Uint8Array(count);
    const first = Math.min(count, this.ring.length - this.head);
    bytes.set(this.ring.subarray(this.head, this.head + first), 0);
    bytes.set(this.ring.subarray(0, count - first), first);
    return bytes;
  }

  clear(): void {
    this.head = 0;
    this.length = 0;
  }

  private grow(wanted: number): void {
    if (wanted <= this.ring.length) return;
    let size = this.ring.length;
    while (size < wanted) size *= 2;
    const ring = new Uint8Array(size);
    const bytes = this.peek(this.length);
    ring.set(bytes);
    this.ring = ring;
    this.head = 0;
  }
}
