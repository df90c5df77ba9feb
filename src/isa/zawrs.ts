/**
 * Zawrs, wait for a reservation set to be written: unprivileged spec 20240411, chapter 15. The wait may end for any reason, and
 * does at once: a guest that spins is preempted like every other.
 */
import type { Instruction } from './instruction.ts';

const wait = (name: string, match: number): Instruction => ({
  name,
  format: 'none',
  match,
  mask: 0xffffffff,
  exec: () => undefined,
});

export const ZAWRS: readonly Instruction[] = [
  wait('wrs.nto', 0x00d00073),
  wait('wrs.sto', 0x01d00073),
];
