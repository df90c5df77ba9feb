/** Trap causes for the portable parts of the kernel: their numbers and names. */
import { causeName, INTERRUPT } from '../../isa/trap.ts';

export const TIMER_INTERRUPT = INTERRUPT.SUPERVISOR_TIMER;

const INTERRUPT_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(INTERRUPT).map(([name, cause]) => [
    cause,
    name.toLowerCase().replaceAll('_', ' '),
  ]),
);

/** `load page fault`, `supervisor timer interrupt`. */
export function causeText(cause: number, isInterrupt: boolean): string {
  if (!isInterrupt) return causeName(cause);
  return `${INTERRUPT_NAMES.get(cause) ?? cause} interrupt`;
}
