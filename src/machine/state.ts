/** Saved state of a part of the machine: plain data, by name, so that a snapshot outlives the code that wrote it. */

export type StateValue =
  | number
  | boolean
  | string
  | Uint8Array
  | readonly StateValue[]
  | { readonly [name: string]: StateValue };

/** A part of the machine that a snapshot holds. */
export interface Saved {
  /** All that a reset would lose; what belongs to the host (files, streams) is bound again by whoever made the part. */
  save(): StateValue;
  /** Take over what `save` gave, perhaps in another process. Throws an Error that names what does not fit. */
  restore(state: StateValue): void;
}
