/** When the timers of a hart are due next. */
import { MIP } from '../isa/csr.ts';
import type { Clint } from './clint.ts';
import type { Hart } from './hart.ts';

/**
 * Ticks of the clock; Infinity for never. A timer whose interrupt is pending already has nothing more to do; one that is due
 * and not yet pending counts, so that nobody sleeps through the time between two looks at the clock.
 */
export function nextDeadline(hart: Hart, clint: Clint): number {
  const { mip, id } = hart.state;
  const machine = (mip & MIP.MTIP) === 0 ? clint.deadline(id) : Infinity;
  const supervisor = (mip & MIP.STIP) === 0 ? hart.stimecmp : Infinity;
  return Math.min(machine, supervisor);
}
