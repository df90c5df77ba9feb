/** Trap entry and return, delegation and interrupt priorities: privileged spec 20240411, chapters 3 and 10. */
import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from './clock.ts';
import { Hart } from './hart.ts';
import { HART } from './hart-layout.ts';
import { SLOT } from './hart-state.ts';
import { PhysicalMemory } from './memory.ts';

const memory = new PhysicalMemory(16 * 1024 * 1024);
const hart = new Hart(memory, 0, new VirtualClock(() => 0), 8);
const { state } = hart;
const [USER, SUPERVISOR, MACHINE] = [0, 1, 3];
const M_HANDLER = 0x8000_0100;
const S_HANDLER = 0x8000_0200;
/** mstatus bits. */
const [SIE, MIE, SPIE, MPIE, SPP, MPP, MPRV, SUM, TW, TSR] = [
  0x2, 0x8, 0x20, 0x80, 0x100, 0x1800, 0x2_0000, 0x4_0000, 0x20_0000, 0x40_0000,
];

beforeEach(() => {
  hart.reset(0x8000_0000, 0);
  state.set(SLOT.mtvec, M_HANDLER, 0);
  state.set(SLOT.stvec, S_HANDLER, 0);
});

function fault(privilege: number, cause: number, pc: number, tval: number): void {
  hart.setPrivilege(privilege);
  hart.setPc(pc);
  state.setWord(HART.TVAL, tval);
  hart.trap(cause, false);
}

describe('cache-block instructions', () => {
  it('are allowed by menvcfg to S, by senvcfg too to U, and always to M', () => {
    const [CBIE_FLUSH, CBIE_INVALIDATE, CBCFE, CBZE] = [0x10, 0x30, 0x40, 0x80];
    const allowed = (privilege: number): number => {
      hart.setPrivilege(privilege);
      return state.word(HART.CACHE_BLOCKS);
    };
    const invalidate = 0x10;
    expect([allowed(SUPERVISOR), allowed(USER)]).toEqual([0, 0]);
    state.set(SLOT.menvcfg, CBIE_FLUSH | CBZE, 0);
    state.set(SLOT.senvcfg, CBIE_INVALIDATE | CBCFE, 0);
    expect(allowed(MACHINE) & (invalidate | CBCFE | CBZE)).toBe(invalidate | CBCFE | CBZE);
    expect(allowed(SUPERVISOR) & (invalidate | CBCFE | CBZE)).toBe(invalidate | CBZE);
    expect(allowed(USER) & (invalidate | CBCFE | CBZE)).toBe(invalidate);
  });

  it('follow writes of senvcfg and menvcfg', () => {
    hart.setPrivilege(MACHINE);
    hart.low = 0x80;
    hart.high = 0;
    expect(hart.writeCsr(0x30a)).toBe(true);
    hart.setPrivilege(SUPERVISOR);
    expect(state.word(HART.CACHE_BLOCKS)).toBe(0x80);
    hart.setPrivilege(USER);
    expect(state.word(HART.CACHE_BLOCKS)).toBe(0);
  });
});

describe('trap entry', () => {
  it('goes to M-mode with cause, value, pc and the old mode', () => {
    state.set(SLOT.mstatus, MIE, 0);
    fault(USER, 8, 0x1234, 0);
    expect(state.privilege).toBe(MACHINE);
    expect(state.number(HART.PC)).toBe(M_HANDLER);
    expect([state.low(SLOT.mcause), state.low(SLOT.mepc)]).toEqual([8, 0x1234]);
    expect(state.low(SLOT.mstatus)).toBe(MPIE);
  });

  it('goes to S-mode where it is delegated, but never from M-mode', () => {
    state.set(SLOT.medeleg, 1 << 13, 0);
    state.set(SLOT.mstatus, SIE, 0);
    fault(SUPERVISOR, 13, 0x4444, 0xdead);
    expect(state.privilege).toBe(SUPERVISOR);
    expect(state.number(HART.PC)).toBe(S_HANDLER);
    expect([state.low(SLOT.scause), state.low(SLOT.sepc), state.low(SLOT.stval)]).toEqual([
      13, 0x4444, 0xdead,
    ]);
    expect(state.low(SLOT.mstatus)).toBe(SPIE | SPP);
    fault(MACHINE, 13, 0x5555, 1);
    expect(state.privilege).toBe(MACHINE);
    expect(state.low(SLOT.mstatus) & MPP).toBe(MPP);
  });

  it('ends a reservation, and vectors interrupts only', () => {
    state.set(SLOT.mtvec, M_HANDLER | 1, 0);
    state.setWord(HART.RESERVATION, 4096);
    hart.trap(7, true);
    expect(state.number(HART.PC)).toBe(M_HANDLER + 28);
    expect(state.high(SLOT.mcause)).toBe(0x8000_0000);
    expect(state.word(HART.RESERVATION)).toBe(0);
    fault(MACHINE, 2, 0, 0);
    expect(state.number(HART.PC)).toBe(M_HANDLER);
  });
});

describe('trap return', () => {
  it('takes mode and enable from the stack, and ends MPRV below M', () => {
    state.set(SLOT.mstatus, MPIE | (SUPERVISOR << 11) | MPRV, 0);
    state.set(SLOT.mepc, 0x8888, 0);
    expect(hart.trapReturn(MACHINE)).toBe(true);
    expect(state.privilege).toBe(SUPERVISOR);
    expect(state.number(HART.PC)).toBe(0x8888);
    expect(state.low(SLOT.mstatus)).toBe(MIE | MPIE);
    state.set(SLOT.mstatus, SPIE, 0);
    state.set(SLOT.sepc, 0x9998, 0);
    expect(hart.trapReturn(SUPERVISOR)).toBe(true);
    expect(state.privilege).toBe(USER);
    expect(state.low(SLOT.mstatus)).toBe(SIE | SPIE);
  });

  it('is illegal from below, and under TSR', () => {
    hart.setPrivilege(USER);
    expect(hart.trapReturn(SUPERVISOR)).toBe(false);
    hart.setPrivilege(SUPERVISOR);
    expect(hart.trapReturn(MACHINE)).toBe(false);
    state.set(SLOT.mstatus, TSR, 0);
    expect(hart.trapReturn(SUPERVISOR)).toBe(false);
    hart.setPrivilege(MACHINE);
    expect(hart.trapReturn(SUPERVISOR)).toBe(true);
  });
});

describe('interrupts', () => {
  it('are taken in the order MEI, MSI, MTI, SEI, SSI, STI', () => {
    state.set(SLOT.mie, 0xaaa, 0);
    state.set(SLOT.mstatus, MIE, 0);
    state.setMip(0xaaa, true);
    for (const expected of [11, 3, 7, 9, 1, 5]) {
      expect(hart.pendingInterrupt()).toBe(expected);
      state.setMip(1 << expected, false);
    }
    expect(hart.pendingInterrupt()).toBe(-1);
  });

  it('need their bit in mie and the global enable of their mode, below it none', () => {
    state.setMip(1 << 7, true);
    state.set(SLOT.mstatus, MIE, 0);
    expect(hart.pendingInterrupt()).toBe(-1);
    state.set(SLOT.mie, 1 << 7, 0);
    expect(hart.pendingInterrupt()).toBe(7);
    state.set(SLOT.mstatus, 0, 0);
    expect(hart.pendingInterrupt()).toBe(-1);
    expect(hart.hasWakeup()).toBe(true);
    hart.setPrivilege(SUPERVISOR);
    expect(hart.pendingInterrupt()).toBe(7);
  });

  it('go to S-mode where delegated, if S-mode is enabled or below', () => {
    state.set(SLOT.mideleg, 0x222, 0);
    state.set(SLOT.mie, 0x222, 0);
    state.setMip(1 << 5, true);
    state.set(SLOT.mstatus, MIE, 0);
    expect(hart.pendingInterrupt()).toBe(-1);
    hart.setPrivilege(SUPERVISOR);
    expect(hart.pendingInterrupt()).toBe(-1);
    state.set(SLOT.mstatus, SIE, 0);
    expect(hart.pendingInterrupt()).toBe(5);
    state.set(SLOT.mstatus, 0, 0);
    hart.setPrivilege(USER);
    expect(hart.pendingInterrupt()).toBe(5);
    hart.trap(5, true);
    expect(state.privilege).toBe(SUPERVISOR);
  });
});

describe('wfi and sfence.vma', () => {
  it('obey TW and TVM', () => {
    expect(hart.mayWait()).toBe(true);
    hart.setPrivilege(SUPERVISOR);
    expect(hart.mayWait()).toBe(true);
    state.set(SLOT.mstatus, TW, 0);
    expect(hart.mayWait()).toBe(false);
    expect(hart.fence(undefined, undefined)).toBe(true);
    state.set(SLOT.mstatus, 0x10_0000, 0);
    expect(hart.fence(undefined, undefined)).toBe(false);
    hart.setPrivilege(USER);
    expect(hart.mayWait()).toBe(false);
  });
});

describe('reset', () => {
  it('starts in M-mode with pointers to tables, whatever was before', () => {
    hart.reset(0x8000_0000, 0x9000_0000);
    expect(state.privilege).toBe(MACHINE);
    expect(state.number(HART.X + 11 * 8)).toBe(0x9000_0000);
    for (const table of [HART.TLB_READ, HART.TLB_WRITE, HART.TLB_FETCH, HART.JUMP_CACHE]) {
      expect(state.word(table)).toBeGreaterThan(0);
    }
  });
});

describe('translation', () => {
  it('follows MPRV for data, not for instructions', () => {
    state.set(SLOT.satp, 0x8_0001, 0x8000_0000);
    state.set(SLOT.mstatus, MPRV | SUM | (SUPERVISOR << 11), 0);
    hart.setPrivilege(MACHINE);
    expect(hart.code).toMatchObject({ levels: 0, privilege: MACHINE });
    expect(hart.data).toMatchObject({
      levels: 3,
      privilege: SUPERVISOR,
      sum: true,
      root: 0x8000_1000,
    });
    expect(state.word(HART.TLB_FETCH) - state.word(HART.TLB_READ)).not.toBe(2 * 16 * 1024);
  });

  it('gives each address space tables of its own, and takes up old ones again', () => {
    const seen: number[] = [];
    for (const asid of [1, 2, 1, 3, 4, 5, 6, 2]) {
      state.set(SLOT.satp, 0x8_0001, 0x8000_0000 + asid * 4096);
      hart.setPrivilege(USER);
      seen.push(state.word(HART.TLB_READ));
    }
    expect(seen[2]).toBe(seen[0]);
    expect(seen[7]).toBe(seen[1]);
    expect(new Set(seen).size).toBe(6);
  });
});
