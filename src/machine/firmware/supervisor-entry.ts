/** The state in which firmware hands a hart to a supervisor: SBI 2.0, section 9.1; the rest as OpenSBI leaves it. */
import { COUNTEREN, CSR, MIP, MSTATUS, PRIVILEGE } from '../../isa/csr.ts';
import { CAUSE } from '../../isa/trap.ts';
import type { Hart } from '../hart.ts';
import { HART } from '../hart-layout.ts';
import { forgetCounters } from './pmu-counters.ts';

const ALL = 0xffff_ffff;
const TWO_32 = 0x1_0000_0000;
/** One PMP entry: address matching NAPOT, all permissions. */
const PMP_OPEN = 0x1f;
const FIXED_COUNTERS = COUNTEREN.CY | COUNTEREN.TM | COUNTEREN.IR;
const DELEGATED_INTERRUPTS = MIP.SSIP | MIP.STIP | MIP.SEIP;
/** To the supervisor; what the hart has not, does not stick: FIOM is the only one that must be off. */
const ENVIRONMENT = { low: ALL & ~1, high: ALL } as const;

/** 64-bit operands that are numbers. */
function split(value: number): [number, number] {
  return [value >>> 0, Math.floor(value / TWO_32)];
}

function setCsr(hart: Hart, csr: number, low: number, high = 0): void {
  hart.low = low >>> 0;
  hart.high = high >>> 0;
  hart.writeCsr(csr);
}

/** Runs `hart` from `pc` on in S-mode, without translation and with interrupts off; a0 is its number, a1 `opaque`. */
export function enterSupervisor(hart: Hart, pc: number, opaque: readonly [number, number]): void {
  const { state } = hart;
  hart.setPrivilege(PRIVILEGE.MACHINE);
  setCsr(hart, CSR.mstatus, MSTATUS.FS | MSTATUS.VS);
  setCsr(hart, CSR.satp, 0);
  // OpenSBI keeps illegal instructions and access faults, and hands them on: a supervisor sees no difference.
  setCsr(hart, CSR.medeleg, ALL & ~(1 << CAUSE.ECALL_FROM_S), ALL);
  setCsr(hart, CSR.mideleg, DELEGATED_INTERRUPTS);
  setCsr(hart, CSR.mie, 0);
  setCsr(hart, CSR.mcounteren, ALL);
  setCsr(hart, CSR.scounteren, FIXED_COUNTERS);
  // Those of performance monitoring stand still until they are started.
  setCsr(hart, CSR.mcountinhibit, ALL & ~FIXED_COUNTERS);
  forgetCounters(state);
  setCsr(hart, CSR.menvcfg, ENVIRONMENT.low, ENVIRONMENT.high);
  setCsr(hart, CSR.pmpaddr0, ALL, ALL);
  setCsr(hart, CSR.pmpcfg0, PMP_OPEN);
  setCsr(hart, CSR.stimecmp, ALL, ALL);
  setCsr(hart, CSR.stvec, ...split(pc));
  setCsr(hart, CSR.sscratch, 0);
  state.setMip(MIP.SSIP, false);
  state.setWord(HART.RESERVATION, 0);
  setArguments(hart, opaque);
  hart.setPc(pc);
  hart.setPrivilege(PRIVILEGE.SUPERVISOR);
}

function setArguments({ state }: Hart, [low, high]: readonly [number, number]): void {
  const a0 = HART.X + 10 * 8;
  state.setWord(a0, state.id);
  state.setWord(a0 + 4, 0);
  state.setWord(a0 + 8, low);
  state.setWord(a0 + 12, high);
}
