/** What the platform on the RISC-V machine is made of. */
import type { Machine } from '../machine/machine.ts';

export interface Riscv64Options {
  readonly machine: Machine;
  /** Mode of the page tables that setAddressSpace is given: SATP_MODE.SV39 when absent. */
  readonly satpMode?: number;
  /** Shared word that producers of input add 1 to and notify; an idle machine sleeps on it. */
  readonly doorbell: Int32Array;
  /** Looks for requests of the host's other threads; true raises the software interrupt (cause 1) on hart 0. */
  readonly pollHost?: () => boolean;
  /**
   * In virtual time, with nothing to run before `deadline` (ticks or Infinity): the time that it is next, in ticks. May wait for
   * the doorbell to change from `rings`. When absent: the deadline, and without one whatever it is after such a wait.
   */
  readonly passIdle?: (deadline: number, rings: number) => number;
  /** The thread runs other machines, too: nextEvent() gives it back instead of sleeping. */
  readonly sharesThread?: boolean;
}
