/** Trap causes (mcause, scause): privileged spec 20240411, tables 14 and 42. */

/** Synchronous exceptions. */
export const CAUSE = {
  INSTRUCTION_MISALIGNED: 0,
  INSTRUCTION_ACCESS_FAULT: 1,
  ILLEGAL_INSTRUCTION: 2,
  BREAKPOINT: 3,
  LOAD_MISALIGNED: 4,
  LOAD_ACCESS_FAULT: 5,
  /** Store or AMO. */
  STORE_MISALIGNED: 6,
  STORE_ACCESS_FAULT: 7,
  ECALL_FROM_U: 8,
  ECALL_FROM_S: 9,
  ECALL_FROM_M: 11,
  INSTRUCTION_PAGE_FAULT: 12,
  LOAD_PAGE_FAULT: 13,
  STORE_PAGE_FAULT: 15,
} as const;

/** Interrupt numbers: bit positions in mip, mie and mideleg, and the cause with INTERRUPT_BIT set. */
export const INTERRUPT = {
  SUPERVISOR_SOFTWARE: 1,
  MACHINE_SOFTWARE: 3,
  SUPERVISOR_TIMER: 5,
  MACHINE_TIMER: 7,
  SUPERVISOR_EXTERNAL: 9,
  MACHINE_EXTERNAL: 11,
} as const;
export type Interrupt = (typeof INTERRUPT)[keyof typeof INTERRUPT];

/** Interrupts of one privilege level, highest priority first (privileged spec, section 3.1.9). */
export const INTERRUPT_PRIORITY: readonly Interrupt[] = [
  INTERRUPT.MACHINE_EXTERNAL,
  INTERRUPT.MACHINE_SOFTWARE,
  INTERRUPT.MACHINE_TIMER,
  INTERRUPT.SUPERVISOR_EXTERNAL,
  INTERRUPT.SUPERVISOR_SOFTWARE,
  INTERRUPT.SUPERVISOR_TIMER,
];

const CAUSE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(CAUSE).map(([name, cause]) => [cause, name.toLowerCase().replaceAll('_', ' ')]),
);

/** For people: "load page fault". */
export function causeName(cause: number): string {
  return CAUSE_NAMES.get(cause) ?? `cause ${cause}`;
}
