/** Physical memory protection by the privileged spec 20240411, section 3.7, and Smepmp 1.0, section 3: ranges, rights, locks. */
import { beforeEach, describe, expect, it } from 'vitest';
import { parseIsa } from '../isa/extensions.ts';
import { VirtualClock } from './clock.ts';
import { Hart } from './hart.ts';
import { PhysicalMemory } from './memory.ts';
import { ACCESS } from './mmu.ts';
import { COVER } from './pmp.ts';

const { NONE, PART, PAGE } = COVER;
const { FETCH, LOAD, STORE } = ACCESS;
const [USER, SUPERVISOR, MACHINE] = [0, 1, 3];
const [PMPCFG0, PMPCFG2, PMPADDR0, MSECCFG] = [0x3a0, 0x3a2, 0x3b0, 0x747];
/** pmpcfg: permissions, kinds of range, lock. */
const [R, W, X, TOR, NA4, NAPOT, L] = [1n, 2n, 4n, 0x08n, 0x10n, 0x18n, 0x80n];
const ALL = R | W | X;
const [MML, MMWP, RLB] = [1n, 2n, 4n];
const RAM = 0x8000_0000;
const ONES = (1n << 64n) - 1n;

const memory = new PhysicalMemory(16 * 1024 * 1024);
const hart = new Hart(memory, 0, new VirtualClock(() => 0), 8);

function write(csr: number, value: bigint): void {
  hart.low = Number(value & 0xffff_ffffn);
  hart.high = Number(value >> 32n);
  expect(hart.writeCsr(csr)).toBe(true);
}

function read(csr: number): bigint {
  expect(hart.readCsr(csr)).toBe(true);
  return (BigInt(hart.high >>> 0) << 32n) | BigInt(hart.low >>> 0);
}

/** Entry n of the first eight; the others keep what they have. */
function entry(n: number, config: bigint, address: bigint): void {
  write(PMPADDR0 + n, address);
  const shift = BigInt(8 * n);
  write(PMPCFG0, (read(PMPCFG0) & ~(0xffn << shift)) | (config << shift));
}

const word = (address: number): bigint => BigInt(address) / 4n;
const cover = (pa: number, size: number, access: 0 | 1 | 2, privilege: number): number =>
  hart.pmp.cover(pa, size, access, privilege);

beforeEach(() => hart.reset(RAM, 0));

describe('without entries', () => {
  it('M-mode has all of memory, and the others have none', () => {
    for (const access of [FETCH, LOAD, STORE]) {
      expect(cover(RAM, 8, access, MACHINE)).toBe(PAGE);
      expect(cover(RAM, 8, access, SUPERVISOR)).toBe(NONE);
      expect(cover(RAM, 8, access, USER)).toBe(NONE);
    }
  });
});

describe('ranges', () => {
  it('are everything where all bits of a NAPOT address are set', () => {
    entry(0, NAPOT | ALL, ONES);
    expect(read(PMPADDR0)).toBe((1n << 54n) - 1n);
    expect(cover(RAM, 8, STORE, USER)).toBe(PAGE);
    expect(cover(0x1000_0000, 4, LOAD, SUPERVISOR)).toBe(PAGE);
  });

  it.each([
    // Table 20: 8 bytes, 16 bytes, 4 KiB, 8 KiB.
    [0n, 8],
    [1n, 16],
    [0x1ffn, 4096],
    [0x3ffn, 8192],
  ])('of kind NAPOT ending in 0x%x have %i bytes', (ones, bytes) => {
    const start = RAM + 0x10_0000;
    entry(0, NAPOT | R, word(start) | ones);
    expect(cover(start - 1, 1, LOAD, USER)).toBe(NONE);
    expect(cover(start, 1, LOAD, USER)).not.toBe(NONE);
    expect(cover(start + bytes - 1, 1, LOAD, USER)).not.toBe(NONE);
    expect(cover(start + bytes, 1, LOAD, USER)).toBe(NONE);
  });

  it('of kind TOR begin at the entry before, the first at 0, and are empty the other way round', () => {
    entry(0, TOR | R, word(0x2000));
    expect(cover(0, 8, LOAD, USER)).toBe(PAGE);
    expect(cover(0x2000, 1, LOAD, USER)).toBe(NONE);
    entry(1, 0n, word(RAM + 0x1000));
    entry(2, TOR | R, word(RAM + 0x3000));
    expect(cover(RAM + 0xfff, 1, LOAD, USER)).toBe(NONE);
    expect(cover(RAM + 0x2ff8, 8, LOAD, USER)).toBe(PAGE);
    entry(2, TOR | R, word(RAM + 0x800));
    expect(cover(RAM + 0x900, 1, LOAD, USER)).toBe(NONE);
  });

  it('of lower number decide, and must hold all of an access', () => {
    entry(0, NA4 | R, word(RAM + 0x100));
    entry(1, NAPOT | ALL, ONES);
    expect(cover(RAM + 0x100, 4, STORE, USER)).toBe(NONE);
    expect(cover(RAM + 0x104, 4, STORE, USER)).toBe(PART);
    expect(cover(RAM + 0x100, 8, LOAD, USER)).toBe(NONE);
    expect(cover(RAM + 0xfc, 8, LOAD, MACHINE)).toBe(NONE);
    expect(cover(RAM + 0x1000, 8, STORE, USER)).toBe(PAGE);
  });
});

describe('locks', () => {
  it('bind M-mode, keep their entry, and the start of a range above it', () => {
    entry(0, 0n, word(RAM));
    entry(1, L | TOR | R, word(RAM + 0x1000));
    expect(cover(RAM, 4, LOAD, MACHINE)).toBe(PAGE);
    expect(cover(RAM, 4, STORE, MACHINE)).toBe(NONE);
    write(PMPADDR0, 0n);
    write(PMPADDR0 + 1, 0n);
    write(PMPCFG0, 0n);
    expect([read(PMPADDR0), read(PMPADDR0 + 1)]).toEqual([word(RAM), word(RAM + 0x1000)]);
    expect(read(PMPCFG0)).toBe((L | TOR | R) << 8n);
    hart.reset(RAM, 0);
    expect(read(PMPCFG0)).toBe(0n);
  });

  it('do not touch the entries of the other register', () => {
    entry(7, L | NA4, word(RAM));
    write(PMPCFG2, (NAPOT | ALL) << 56n);
    write(PMPADDR0 + 15, ONES);
    expect(cover(RAM, 4, LOAD, MACHINE)).toBe(NONE);
    expect(cover(RAM + 4, 4, LOAD, USER)).toBe(PART);
  });
});

describe('Smepmp', () => {
  it('is absent where the ISA lacks it', () => {
    const other = new Hart(memory, 1, new VirtualClock(() => 0), 8, parseIsa('rv64gc_sstc'));
    other.reset(RAM, 0);
    expect(other.readCsr(MSECCFG)).toBe(false);
  });

  it('takes what no entry matches from M-mode', () => {
    write(MSECCFG, MMWP);
    expect(cover(RAM, 4, LOAD, MACHINE)).toBe(NONE);
    write(MSECCFG, 0n);
    expect(read(MSECCFG)).toBe(MMWP);
  });

  it('lets M-mode execute locked entries only', () => {
    entry(0, NAPOT | ALL, word(RAM) | 0x1ffn);
    entry(1, L | NAPOT | R | X, word(RAM + 0x1000) | 0x1ffn);
    write(MSECCFG, MML);
    const rights = (pa: number, privilege: number): boolean[] =>
      [LOAD, STORE, FETCH].map((access) => cover(pa, 4, access, privilege) !== NONE);
    expect(rights(RAM, MACHINE)).toEqual([false, false, false]);
    expect(rights(RAM, USER)).toEqual([true, true, true]);
    expect(rights(RAM + 0x1000, MACHINE)).toEqual([true, false, true]);
    expect(rights(RAM + 0x1000, SUPERVISOR)).toEqual([false, false, false]);
    expect(rights(RAM + 0x2000, MACHINE)).toEqual([true, true, false]);
    // A further entry that M-mode could execute is refused.
    entry(2, L | NAPOT | R | X, word(RAM + 0x2000) | 0x1ffn);
    expect(read(PMPCFG0) >> 16n).toBe(0n);
    entry(2, NAPOT | ALL, word(RAM + 0x2000) | 0x1ffn);
    expect(read(PMPCFG0) >> 16n).toBe(NAPOT | ALL);
  });

  /** The truth table: L R W X, then what M-mode has and what S- and U-mode have. */
  it.each([
    ['0010', 'rw-', 'r--'],
    ['0011', 'rw-', 'rw-'],
    ['1010', '--x', '--x'],
    ['1011', 'r-x', '--x'],
    ['1111', 'r--', 'r--'],
    ['1100', 'r--', '---'],
    ['0101', '---', 'r-x'],
    ['1000', '---', '---'],
  ])('gives entries %s their meaning under MML', (bits, machine, other) => {
    write(MSECCFG, MML | RLB);
    const [l, r, w, x] = [...bits].map((bit) => bit === '1');
    const config = (l ? L : 0n) | (r ? R : 0n) | (w ? W : 0n) | (x ? X : 0n);
    entry(0, NAPOT | config, word(RAM) | 0x1ffn);
    const rights = (privilege: number): string =>
      ([LOAD, STORE, FETCH] as const)
        .map((access, k) => (cover(RAM, 4, access, privilege) === NONE ? '-' : 'rwx'.charAt(k)))
        .join('');
    expect([rights(MACHINE), rights(USER)]).toEqual([machine, other]);
  });

  it('bypasses locks by RLB, which cannot be set once there is one', () => {
    write(MSECCFG, RLB);
    entry(0, L | NA4, word(RAM));
    entry(0, NA4 | R, word(RAM + 4));
    expect(read(PMPADDR0)).toBe(word(RAM + 4));
    entry(0, L | NA4, word(RAM));
    write(MSECCFG, 0n);
    write(MSECCFG, RLB);
    expect(read(MSECCFG)).toBe(0n);
  });
});
