/** What the bus needs of a device, and what a device gets to reach the rest of the machine. */
import type { PhysicalMemory } from './memory.ts';

/** Returned by reads and writes that the device does not decode: the hart takes an access fault. */
export const BUS_ERROR = -1;

export interface Device {
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
}

/** One wire into the interrupt controller: level-triggered. */
export interface InterruptLine {
  set(isHigh: boolean): void;
}

/** Bytes from the host. */
export interface ByteSource {
  /** Move up to `into.length` bytes to `into`; returns how many. Does not wait. */
  read(into: Uint8Array): number;
}

/** Bytes to the host. */
export interface ByteSink {
  /** Take bytes; returns how many were taken. The rest is offered again at the next poll. Does not keep the array. */
  write(bytes: Uint8Array): number;
}

/** What a device's constructor is given. */
export interface DeviceContext {
  readonly memory: PhysicalMemory;
  readonly interrupt: InterruptLine;
}
