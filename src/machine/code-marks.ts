/** Instructions of which the engine asks the debugger before it runs them: halfwords of host pages. */

export class CodeMarks {
  /** By host page and slot; the operation of its record that OPERATION.MARKED replaced, 0 before it was decoded. */
  private readonly pages = new Map<number, Map<number, number>>();

  /** Returns whether that is new. */
  add(hostPage: number, slot: number): boolean {
    const slots = this.pages.get(hostPage) ?? new Map<number, number>();
    if (slots.has(slot)) return false;
    this.pages.set(hostPage, slots.set(slot, 0));
    return true;
  }

  /** Forget all; returns the pages that had marks. */
  clear(): number[] {
    const pages = [...this.pages.keys()];
    this.pages.clear();
    return pages;
  }

  /** Marked slots of a page. */
  slotsOf(hostPage: number): ReadonlyMap<number, number> | undefined {
    return this.pages.get(hostPage);
  }

  /** The record of a slot was decoded. Returns whether the slot is marked; then `operation` is kept. */
  decoded(hostPage: number, slot: number, operation: number): boolean {
    const slots = this.pages.get(hostPage);
    if (slots === undefined || !slots.has(slot)) return false;
    slots.set(slot, operation);
    return true;
  }
}
