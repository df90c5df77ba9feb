/** Exceptions of the reference evaluator. */

/** A synchronous exception. */
export interface Trap {
  readonly cause: number;
  readonly tval: bigint;
}

/** Thrown by memory and system callbacks to raise an exception at the current instruction. */
export class TrapRaised extends Error {
  readonly trap: Trap;

  constructor(cause: number, tval: bigint) {
    super(`trap ${cause}, tval 0x${tval.toString(16)}`);
    this.trap = { cause, tval };
  }
}
