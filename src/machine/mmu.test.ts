/** Page-table walks over tables written by hand: privileged spec 20240411, section 10.3.2 step by step. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PhysicalMemory } from './memory.ts';
import { ACCESS, Mmu, type Translation } from './mmu.ts';

const RAM = 0x8000_0000;
const ROOT = RAM + 0x1000;
const MIDDLE = RAM + 0x2000;
const LEAF = RAM + 0x3000;
/** Bits of a PTE, from figure 66. */
const [V, R, W, X, U, A, D] = [1, 2, 4, 8, 16, 64, 128];
/** Causes, from table 14. */
const FETCH_FAULT = -12;
const LOAD_FAULT = -13;
const STORE_FAULT = -15;
const LOAD_ACCESS = -5;

const memory = new PhysicalMemory(16 * 1024 * 1024);
const mmu = new Mmu(memory);
let t: Translation;

function pte(table: number, index: number, target: number, flags: number, upper = 0): void {
  const at = (table - RAM + index * 8) >>> 2;
  memory.u32[at] = (target / 4096) * 1024 + flags;
  memory.u32[at + 1] = Math.floor(target / 2 ** 34) + upper;
}

function flagsOf(table: number, index: number): number {
  return (memory.u32[(table - RAM + index * 8) >>> 2] as number) & 0x3ff;
}

const load = (low: number, high = 0): number => mmu.translate(t, low, high, ACCESS.LOAD);
const store = (low: number, high = 0): number => mmu.translate(t, low, high, ACCESS.STORE);
const fetch = (low: number, high = 0): number => mmu.translate(t, low, high, ACCESS.FETCH);

beforeEach(() => {
  memory.fill(RAM, 0, 0x10_0000);
  t = {
    levels: 3,
    root: ROOT,
    privilege: 0,
    sum: false,
    mxr: false,
    updates: true,
    pbmt: false,
    napot: false,
    protection: { cover: () => 2 },
  };
  // VA 0x40201000 + n pages: VPN[2] = 1, VPN[1] = 1, VPN[0] = 1 + n.
  pte(ROOT, 1, MIDDLE, V);
  pte(MIDDLE, 1, LEAF, V);
});
const VA = 0x4020_1000;

describe('an Sv39 walk', () => {
  it('finds the page and keeps the offset', () => {
    pte(LEAF, 1, RAM + 0x5_5000, V | R | U | A);
    expect(load(VA + 0x123)).toBe(RAM + 0x5_5123);
    expect(mmu.isSuperpage).toBe(false);
  });

  it('checks R, W and X for each kind of access', () => {
    pte(LEAF, 1, RAM, V | R | U | A | D);
    expect([load(VA), store(VA), fetch(VA)]).toEqual([RAM, STORE_FAULT, FETCH_FAULT]);
    pte(LEAF, 1, RAM, V | R | W | U | A | D);
    expect([load(VA), store(VA), fetch(VA)]).toEqual([RAM, RAM, FETCH_FAULT]);
    pte(LEAF, 1, RAM, V | X | U | A | D);
    expect([load(VA), store(VA), fetch(VA)]).toEqual([LOAD_FAULT, STORE_FAULT, RAM]);
    t.mxr = true;
    expect(load(VA)).toBe(RAM);
  });

  it('refuses invalid entries, W without R, reserved bits and a pointer at the last level', () => {
    expect(load(VA)).toBe(LOAD_FAULT);
    pte(LEAF, 1, RAM, R | U | A);
    expect(load(VA)).toBe(LOAD_FAULT);
    pte(LEAF, 1, RAM, V | W | U | A | D);
    expect(store(VA)).toBe(STORE_FAULT);
    pte(LEAF, 1, RAM, V | R | U | A, 1 << 22);
    expect(load(VA)).toBe(LOAD_FAULT);
    pte(LEAF, 1, RAM, V | R | U | A, 0x8000_0000);
    expect(load(VA)).toBe(LOAD_FAULT);
    pte(LEAF, 1, RAM, V);
    expect(load(VA)).toBe(LOAD_FAULT);
    for (const bit of [A, D, U]) {
      pte(LEAF, 1, RAM, V | R | U | A);
      pte(MIDDLE, 1, LEAF, V | bit);
      expect(load(VA)).toBe(LOAD_FAULT);
    }
  });

  it('keeps user and supervisor apart, with SUM for loads and stores only', () => {
    pte(LEAF, 1, RAM, V | R | W | X | A | D);
    expect(load(VA)).toBe(LOAD_FAULT);
    t.privilege = 1;
    expect([load(VA), store(VA), fetch(VA)]).toEqual([RAM, RAM, RAM]);
    pte(LEAF, 1, RAM, V | R | W | X | U | A | D);
    expect([load(VA), store(VA), fetch(VA)]).toEqual([LOAD_FAULT, STORE_FAULT, FETCH_FAULT]);
    t.sum = true;
    expect([load(VA), store(VA), fetch(VA)]).toEqual([RAM, RAM, FETCH_FAULT]);
  });

  it('sets A for any access and D for a store, and nothing for a fault', () => {
    pte(LEAF, 1, RAM, V | R | W | X | U);
    expect(fetch(VA)).toBe(RAM);
    expect(flagsOf(LEAF, 1)).toBe(V | R | W | X | U | A);
    pte(LEAF, 1, RAM, V | R | W | U);
    load(VA);
    expect(flagsOf(LEAF, 1)).toBe(V | R | W | U | A);
    store(VA);
    expect(flagsOf(LEAF, 1)).toBe(V | R | W | U | A | D);
    pte(LEAF, 1, RAM, V | R | U);
    store(VA);
    expect(flagsOf(LEAF, 1)).toBe(V | R | U);
  });

  it('maps megapages and gigapages, and refuses misaligned ones', () => {
    pte(MIDDLE, 1, RAM + 0x20_0000, V | R | U | A);
    expect(load(VA + 0x1_0234)).toBe(RAM + 0x21_1234);
    expect(mmu.isSuperpage).toBe(true);
    pte(MIDDLE, 1, RAM + 0x20_1000, V | R | U | A);
    expect(load(VA)).toBe(LOAD_FAULT);
    pte(ROOT, 1, RAM, V | R | U | A);
    expect(load(0x4012_3456)).toBe(RAM + 0x12_3456);
    pte(ROOT, 1, RAM + 0x20_0000, V | R | U | A);
    expect(load(0x4012_3456)).toBe(LOAD_FAULT);
  });

  it('keeps every bit of the offset in superpages of the upper half', () => {
    pte(ROOT, 510, MIDDLE, V);
    pte(MIDDLE, 14, RAM + 0x20_0000, V | R | U | A);
    expect(load(0x81c0_3eb1, 0xffff_ffff)).toBe(RAM + 0x20_3eb1);
    pte(ROOT, 510, RAM, V | R | U | A);
    expect(load(0x81c0_3eb1, 0xffff_ffff)).toBe(RAM + 0x1c0_3eb1);
    t.levels = 4;
    pte(ROOT, 511, 0, V | R | U | A);
    expect(load(0x81c0_3eb1, 0xffff_ffff)).toBe(0x7f_81c0_3eb1);
  });

  it('wants bits 63 to 39 equal to bit 38', () => {
    pte(ROOT, 511, MIDDLE, V);
    pte(MIDDLE, 511, LEAF, V);
    pte(LEAF, 511, RAM, V | R | U | A);
    expect(load(0xffff_f008, 0xffff_ffff)).toBe(RAM + 8);
    expect(load(0xffff_f008, 0x7f)).toBe(LOAD_FAULT);
    expect(load(0xffff_f008, 0x7fff_ffff)).toBe(LOAD_FAULT);
    expect(fetch(0x4020_1000, 0x80)).toBe(FETCH_FAULT);
  });

  it('gives access faults where the tables leave RAM', () => {
    pte(MIDDLE, 1, 0x1000_0000, V);
    expect(load(VA)).toBe(LOAD_ACCESS);
    pte(MIDDLE, 1, 2 ** 40, V);
    expect(load(VA)).toBe(LOAD_ACCESS);
    t.root = RAM + memory.size;
    expect(load(VA)).toBe(LOAD_ACCESS);
  });

  it('reaches pages above 4 GiB', () => {
    pte(LEAF, 1, 2 ** 33 + 0x7000, V | R | U | A);
    expect(load(VA + 5)).toBe(2 ** 33 + 0x7005);
    pte(LEAF, 1, 2 ** 40, V | R | U | A);
    expect(load(VA)).toBe(2 ** 40);
  });
});

describe('the other modes', () => {
  it('leave addresses alone without translation', () => {
    t.levels = 0;
    expect(load(0x1234_5678, 0x9abc)).toBe(0x9abc_1234_5678);
  });

  it('walk four levels in Sv48 and five in Sv57', () => {
    const [first, second] = [RAM + 0x10_000, RAM + 0x11_000];
    t.levels = 4;
    t.root = first;
    // Bits 47..39 are 3: the upper word's bits 15..7.
    pte(first, 3, ROOT, V);
    pte(LEAF, 1, RAM + 0x9000, V | R | U | A);
    expect(load(VA, 3 << 7)).toBe(RAM + 0x9000);
    expect(load(VA, 1 << 15)).toBe(LOAD_FAULT);
    t.levels = 5;
    t.root = second;
    pte(second, 2, first, V);
    expect(load(VA, (2 << 16) | (3 << 7))).toBe(RAM + 0x9000);
    expect(load(VA, 1 << 24)).toBe(LOAD_FAULT);
  });
});
