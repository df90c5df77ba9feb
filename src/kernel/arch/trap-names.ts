/** Trap causes for the portable parts of the kernel: their numbers and names. */
import { CAUSE, causeName, INTERRUPT } from '../../isa/trap.ts';

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

/** Exceptions that are page faults: instruction, load, store. */
export const PAGE_FAULT_CAUSES: readonly number[] = [
  CAUSE.INSTRUCTION_PAGE_FAULT,
  CAUSE.LOAD_PAGE_FAULT,
  CAUSE.STORE_PAGE_FAULT,
];
