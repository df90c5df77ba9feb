/** What one hart may do to the others: wires and fences. Whoever runs the harts implements it, on one thread or on many. */

/** What a fence from another hart orders. Addresses and sizes are 64 bits as [low, high] words. */
export type RemoteFence =
  /** Instruction fetches see the stores before it. */
  { readonly kind: 'code' } | TranslationFence;

/** sfence.vma: of `bytes` bytes from `address` on, or of all; of one address space, or of all. */
export interface TranslationFence {
  readonly kind: 'translation';
  readonly range?: { readonly address: readonly [number, number]; readonly bytes: number };
  readonly asid?: number;
}

export interface HartFabric {
  readonly harts: number;
  /** Set or clear bits of mip of a hart; wakes it when it waits. */
  setPending(hart: number, bits: number, isPending: boolean): void;
  /** Have the harts of `mask` (bit n: hart n) execute a fence; returns once all have, or will before their next instruction. */
  fence(mask: number, fence: RemoteFence): void;
  /** A hart looks at its state (HART_STATE in its block, interrupts) before its next instruction. */
  wake(hart: number): void;
}
