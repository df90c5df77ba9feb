/** What the bus needs of a device, and the wires and byte streams that devices are given. */

import type { Saved } from './state.ts';

/** Returned by reads and writes that the device does not decode: the hart takes an access fault. */
export const BUS_ERROR = -1;

export interface Device extends Saved {
  /** Unsigned value of `size` (1, 2 or 4) bytes at `offset`, which is a multiple of size; or BUS_ERROR. */
  read(offset: number, size: number): number;
  /** `value` is unsigned. Returns 0, or BUS_ERROR. */
  write(offset: number, size: number, value: number): number;
  /** To the state at power-on. */
  reset(): void;
  /** Takes 8-byte accesses, as two of 4 bytes. */
  readonly isWide?: boolean;
  /** Look for input from the host; called at slice ends. */
  poll?(): void;
  /** Nanoseconds until the device wants to be polled although the host sends nothing; Infinity for never. */
  dueInNs?(): number;
}

/** One wire into the interrupt controller. */
export interface InterruptLine {
  /** Level-triggered: interrupts as long as it is high. */
  set(isHigh: boolean): void;
  /** Edge-triggered: one interrupt. */
  pulse(): void;
}

/** Bytes from the host. */
export interface ByteSource {
  /** Move up to `into.length` bytes to `into`; returns how many. Does not wait. */
  read(into: Uint8Array): number;
  /** There is nothing to read now; left out where only read() can tell. */
  readonly isEmpty?: boolean;
}

/** Bytes to the host. */
export interface ByteSink {
  /** Take bytes; returns how many were taken. The rest is offered again at the next poll. Does not keep the array. */
  write(bytes: Uint8Array): number;
}
