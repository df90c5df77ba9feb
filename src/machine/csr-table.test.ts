/** CSRs as the privileged spec 20240411 has them: which bits stick, who may access what, what the views show. */
import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from './clock.ts';
import { Hart } from './hart.ts';
import { HART } from './hart-layout.ts';
import { PhysicalMemory } from './memory.ts';

const memory = new PhysicalMemory(16 * 1024 * 1024);
const clock = new VirtualClock(() => 0);
const SV48 = 9;
const hart = new Hart(memory, 0, clock, SV48);
const [USER, SUPERVISOR, MACHINE] = [0, 1, 3];

/** Numbers from tables 3 to 6. */
const N = {
  fflags: 0x001,
  frm: 0x002,
  fcsr: 0x003,
  cycle: 0xc00,
  time: 0xc01,
  instret: 0xc02,
  hpmcounter3: 0xc03,
  sstatus: 0x100,
  sie: 0x104,
  stvec: 0x105,
  scounteren: 0x106,
  senvcfg: 0x10a,
  sepc: 0x141,
  sip: 0x144,
  stimecmp: 0x14d,
  satp: 0x180,
  mhartid: 0xf14,
  mvendorid: 0xf11,
  mstatus: 0x300,
  misa: 0x301,
  medeleg: 0x302,
  mideleg: 0x303,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  menvcfg: 0x30a,
  mepc: 0x341,
  mcause: 0x342,
  mip: 0x344,
  pmpcfg0: 0x3a0,
  pmpaddr0: 0x3b0,
  minstret: 0xb02,
  mcycle: 0xb00,
} as const;
const ONES = 0xffff_ffff_ffff_ffffn;

function read(csr: number): bigint | 'illegal' {
  if (!hart.readCsr(csr)) return 'illegal';
  return (BigInt(hart.high >>> 0) << 32n) | BigInt(hart.low >>> 0);
}

function write(csr: number, value: bigint): boolean {
  hart.low = Number(value & 0xffff_ffffn);
  hart.high = Number(value >> 32n);
  return hart.writeCsr(csr);
}

/** What a write of `value` leaves. */
function written(csr: number, value: bigint): bigint | 'illegal' {
  write(csr, value);
  return read(csr);
}

beforeEach(() => hart.reset(0x8000_0000, 0));

describe('machine registers', () => {
  it('identify RV64 with A, C, D, F, I, M, S and U', () => {
    expect(read(N.misa)).toBe(0x8000_0000_0014_112dn);
    expect(written(N.misa, 0n)).toBe(0x8000_0000_0014_112dn);
    expect(read(N.mhartid)).toBe(0n);
    expect(write(N.mhartid, 1n)).toBe(false);
    expect(write(N.mvendorid, 0n)).toBe(false);
  });

  it('keep only the defined bits', () => {
    expect(written(N.medeleg, ONES)).toBe(0xb3ffn);
    expect(written(N.mideleg, ONES)).toBe(0x222n);
    expect(written(N.mie, ONES)).toBe(0xaaan);
    expect(written(N.mepc, 0x8000_0003n)).toBe(0x8000_0002n);
    expect(written(N.mtvec, 0x8000_0101n)).toBe(0x8000_0101n);
    expect(written(N.mtvec, 0x8000_0102n)).toBe(0x8000_0100n);
    // Cycle, time, instret and sixteen hpmcounters.
    expect(written(N.mcounteren, ONES)).toBe(0x7_ffffn);
    // STCE, PBMTE, ADUE; CBZE, CBCFE, CBIE, FIOM.
    expect(written(N.menvcfg, ONES)).toBe(0xe000_0000_0000_00f1n);
    // CBIE 2 is reserved.
    expect(written(N.menvcfg, 0x20n)).toBe(0x30n);
    expect(written(N.senvcfg, ONES)).toBe(0xf1n);
    expect(written(N.mcause, ONES)).toBe(ONES);
    expect(written(N.pmpaddr0, ONES)).toBe(0x3f_ffff_ffff_ffffn);
    expect(written(N.pmpaddr0 + 15, ONES)).toBe(0x3f_ffff_ffff_ffffn);
    expect(written(N.pmpaddr0 + 16, ONES)).toBe(0n);
    expect(written(N.pmpcfg0 + 4, ONES)).toBe(0n);
    // R, W, X, A; bits 5 and 6 are zero. W without R is reserved.
    expect(written(N.pmpcfg0, 0x7f1f_1f1f_1f1f_021fn)).toBe(0x1f1f_1f1f_1f1f_001fn);
  });

  it('hold mstatus: UXL and SXL are 64 bits, SD sums FS up, MPP is never 2', () => {
    expect(read(N.mstatus)).toBe(0xa_0000_0000n);
    expect(written(N.mstatus, ONES)).toBe(0x8000_000a_007e_79aan);
    write(N.mstatus, 0x1800n);
    expect(written(N.mstatus, 0x1000n)).toBe(0xa_0000_1800n);
    write(N.mstatus, 0x0800n);
    expect(written(N.mstatus, 0x1000n)).toBe(0xa_0000_0800n);
  });

  it('do not exist beyond those', () => {
    for (const csr of [0x000, 0x043, 0x200, 0x30c, 0x3a1, 0x5a8, 0x600, 0xc20, 0xfff]) {
      expect(read(csr), csr.toString(16)).toBe('illegal');
    }
  });
});

describe('supervisor views', () => {
  it('show and change the supervisor part of mstatus', () => {
    write(N.mstatus, 0x8n);
    expect(written(N.sstatus, ONES)).toBe(0x8000_0002_000c_6122n);
    expect(read(N.mstatus)).toBe(0x8000_000a_000c_612an);
  });

  it('show delegated interrupts only', () => {
    write(N.mie, 0xaaan);
    expect(read(N.sie)).toBe(0n);
    write(N.mideleg, 0x222n);
    expect(read(N.sie)).toBe(0x222n);
    expect(written(N.sie, 0x20n)).toBe(0x20n);
    expect(read(N.mie)).toBe(0x8a8n);
    write(N.mip, ONES);
    expect(read(N.sip)).toBe(0x222n);
    expect(written(N.sip, 0n)).toBe(0x220n);
    write(N.mideleg, 0n);
    expect(written(N.sip, 0n)).toBe(0n);
    expect(read(N.mip)).toBe(0x220n);
  });

  it('keep the external line apart from the software bit in mip', () => {
    hart.setSupervisorExternal(true);
    expect(read(N.mip)).toBe(0x200n);
    // csrs mip, SSIP writes back what it read.
    write(N.mip, 0x202n);
    hart.setSupervisorExternal(false);
    expect(read(N.mip)).toBe(0x002n);
    write(N.mip, 0x200n);
    hart.setSupervisorExternal(true);
    hart.setSupervisorExternal(false);
    expect(read(N.mip)).toBe(0x200n);
  });

  it('write satp whole or not at all', () => {
    const sv39 = (8n << 60n) | (0x1234n << 44n) | 0x8_0001n;
    expect(written(N.satp, sv39)).toBe(sv39);
    expect(written(N.satp, (10n << 60n) | 5n)).toBe(sv39);
    expect(written(N.satp, (1n << 60n) | 5n)).toBe(sv39);
    expect(written(N.satp, 9n << 60n)).toBe(9n << 60n);
    expect(written(N.satp, 0n)).toBe(0n);
  });

  it('trap satp under TVM', () => {
    write(N.mstatus, 1n << 20n);
    hart.setPrivilege(SUPERVISOR);
    expect(read(N.satp)).toBe('illegal');
    hart.setPrivilege(MACHINE);
    expect(read(N.satp)).toBe(0n);
  });
});

describe('privilege', () => {
  it('is the one in the number', () => {
    hart.setPrivilege(SUPERVISOR);
    expect(read(N.sepc)).toBe(0n);
    expect(read(N.mepc)).toBe('illegal');
    hart.setPrivilege(USER);
    expect(read(N.sepc)).toBe('illegal');
    expect(write(N.cycle, 0n)).toBe(false);
  });

  it('opens counters by mcounteren to S, and by both to U', () => {
    const visible = (privilege: number): boolean[] => {
      hart.setPrivilege(privilege);
      const result = [N.cycle, N.time, N.instret].map((csr) => read(csr) !== 'illegal');
      hart.setPrivilege(MACHINE);
      return result;
    };
    expect(visible(MACHINE)).toEqual([true, true, true]);
    expect(visible(SUPERVISOR)).toEqual([false, false, false]);
    write(N.mcounteren, 5n);
    expect(visible(SUPERVISOR)).toEqual([true, false, true]);
    expect(visible(USER)).toEqual([false, false, false]);
    write(N.scounteren, 6n);
    expect(visible(USER)).toEqual([false, false, true]);
    expect(read(N.hpmcounter3)).toBe(0n);
    hart.setPrivilege(SUPERVISOR);
    expect(read(N.hpmcounter3)).toBe('illegal');
  });

  it('needs menvcfg.STCE and mcounteren.TM for stimecmp', () => {
    hart.setPrivilege(SUPERVISOR);
    expect(read(N.stimecmp)).toBe('illegal');
    hart.setPrivilege(MACHINE);
    write(N.menvcfg, 1n << 63n);
    write(N.mcounteren, 2n);
    hart.setPrivilege(SUPERVISOR);
    expect(written(N.stimecmp, 5n)).toBe(5n);
  });
});

describe('Sstc', () => {
  it('drives STIP from stimecmp while it is enabled', () => {
    write(N.mip, 0x20n);
    write(N.menvcfg, 1n << 63n);
    expect(read(N.mip)).toBe(0n);
    write(N.stimecmp, 0n);
    expect(read(N.mip)).toBe(0x20n);
    expect(written(N.mip, 0n)).toBe(0x20n);
    write(N.stimecmp, ONES);
    expect(read(N.mip)).toBe(0n);
  });
});

describe('counters', () => {
  it('count instructions and time, and take a value', () => {
    hart.state.setWord(HART.INSTRET, 0xffff_fff0);
    hart.state.setWord(HART.INSTRET + 4, 2);
    expect(read(N.minstret)).toBe(0x2_ffff_fff0n);
    write(N.minstret, 100n);
    // The write was an instruction, too, and the next one reads what it wrote.
    hart.state.setWord(HART.INSTRET, 0xffff_fff1);
    expect(read(N.instret)).toBe(100n);
    hart.state.setWord(HART.INSTRET, 0);
    hart.state.setWord(HART.INSTRET + 4, 3);
    expect(read(N.minstret)).toBe(115n);
    write(N.mcycle, 0xffff_ffff_ffff_fff0n);
    hart.state.setWord(HART.INSTRET, 17);
    expect(read(N.mcycle)).toBe(0n);
    clock.charge(12_345_600);
    expect(read(N.time)).toBe(123_456n);
  });
});

describe('floating point', () => {
  it('is illegal while FS is off, and writing makes it dirty', () => {
    for (const csr of [N.fflags, N.frm, N.fcsr]) expect(read(csr)).toBe('illegal');
    write(N.mstatus, 0x2000n);
    expect(read(N.fcsr)).toBe(0n);
    expect(read(N.mstatus)).toBe(0xa_0000_2000n);
    expect(written(N.fcsr, ONES)).toBe(0xffn);
    expect(read(N.mstatus)).toBe(0x8000_000a_0000_6000n);
    expect([read(N.frm), read(N.fflags)]).toEqual([7n, 31n]);
    expect(written(N.frm, 1n)).toBe(1n);
    expect(written(N.fflags, 2n)).toBe(2n);
    expect(read(N.fcsr)).toBe(0x22n);
  });

  it('becomes dirty by its first instruction', () => {
    write(N.mstatus, 0x4000n);
    expect(hart.state.word(HART.FLOAT_ENABLED)).toBe(0);
    expect(hart.retryAsFloat(13)).toBe(false);
    expect(hart.retryAsFloat(2)).toBe(true);
    expect(hart.state.word(HART.FLOAT_ENABLED)).toBe(1);
    expect(hart.retryAsFloat(2)).toBe(false);
    write(N.mstatus, 0n);
    expect(hart.retryAsFloat(2)).toBe(false);
  });
});
