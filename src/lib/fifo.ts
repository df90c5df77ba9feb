/** A queue: Array.shift() moves all that is left, once an array is large. */
export class Fifo<T> {
  private items: (T | undefined)[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(item: T): void {
    this.items.push(item);
  }

  /** The oldest; undefined if there is none. */
  get first(): T | undefined {
    return this.items[this.head];
  }

  /** In the place of the oldest. */
  set first(item: T) {
    this.items[this.head] = item;
  }

  shift(): T | undefined {
    if (this.head === this.items.length) return undefined;
    const item = this.items[this.head];
    this.items[this.head++] = undefined;
    if (this.head === this.items.length) {
      this.items = [];
      this.head = 0;
    }
    return item;
  }
}
