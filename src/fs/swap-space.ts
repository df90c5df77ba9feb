/** Where pages go that have no store of their own, when memory is short: the kernel's swap areas. */
export interface SwapSpace {
  /** Store a frame's content; returns its slot, undefined if there is no room or it cannot be written. */
  store(frame: number): number | undefined;
  /** Read it into a frame; the slot keeps it. Throws EIO. */
  load(slot: number, frame: number): void;
  /** It is needed no longer. */
  free(slot: number): void;
}
