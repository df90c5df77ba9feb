/** The engine's slow paths: what they read and write, what they leave in the TLB, and which exceptions they record. */
import { beforeEach, describe, expect, it } from 'vitest';
import { stateless } from '../../test/support/stateless.ts';
import { Bus } from './bus.ts';
import { VirtualClock } from './clock.ts';
import { FrameUse, SingleThread } from './frame-use.ts';
import { Hart } from './hart.ts';
import { HartCalls } from './hart-calls.ts';
import { HART, RAM_BASE, TLB } from './hart-layout.ts';
import { SLOT } from './hart-state.ts';
import { PhysicalMemory } from './memory.ts';
import { Mmu } from './mmu.ts';

const RAM = 0x8000_0000;
const DEVICE = 0x1000_0000;
const memory = new PhysicalMemory(16 * 1024 * 1024);
const hart = new Hart(memory, 0, new VirtualClock(() => 0), 8);
const { state } = hart;
const bus = new Bus();
let onForgotten: (page: number) => void = () => undefined;
const one = new SingleThread([hart], (page) => onForgotten(page));
const frames = new FrameUse(memory, true, one);
const calls = new HartCalls(memory, bus, new Mmu(memory), [hart], frames);
const H = state.block;
const accesses: [string, number, number, number][] = [];
bus.map(DEVICE, 0x1000, {
  read: (offset, size) => {
    accesses.push(['read', offset, size, 0]);
    return offset === 8 ? -1 : 0x1234_5678 % 2 ** (8 * size);
  },
  write: (offset, size, value) => {
    accesses.push(['write', offset, size, value]);
    return offset === 8 ? -1 : 0;
  },
  ...stateless,
});

/** PTE flags of user pages: V, U, A and what is named. */
const [READ, WRITE, EXECUTE, DIRTY] = [2, 4, 8, 128];
const USER = 0x51;
const LEAF = RAM + 0x3000;

/** Virtual page n is at physical page `target`. */
function map(page: number, target: number, flags: number): void {
  memory.u32[(LEAF - RAM) / 4 + page * 2] = target / 4 + USER + flags;
}

function address(low: number, high = 0): void {
  state.setWord(HART.SCRATCH, low);
  state.setWord(HART.SCRATCH + 4, high);
}

function load(va: number, size: number): bigint | string {
  address(va);
  if (calls.load(H, size) !== 0) return trapText();
  return memory.quads[(H + HART.SCRATCH + 8) >>> 3] as bigint;
}

function store(va: number, size: number, value: bigint): string {
  address(va);
  memory.quads[(H + HART.SCRATCH + 8) >>> 3] = value;
  return calls.store(H, size) === 0 ? 'done' : trapText();
}

function trapText(): string {
  return `${state.word(HART.CAUSE)} at 0x${state.number(HART.TVAL).toString(16)}`;
}

/** The valid entry for a page in one of the current tables, as {tag, host address of the page}. */
function entry(table: number, va: number): number | undefined {
  const at = state.word(table) + ((va >>> 12) % TLB.ENTRIES) * TLB.ENTRY_BYTES;
  const tag = memory.words[at >>> 2] as number;
  if (tag !== va || memory.words[(at >>> 2) + 1] !== 0) return undefined;
  return ((memory.words[(at + TLB.ADDEND) >>> 2] as number) + va) >>> 0;
}

beforeEach(() => {
  memory.fill(RAM, 0, 0x20_0000);
  accesses.length = 0;
  hart.reset(RAM, 0);
  hart.openMemory();
  memory.u32[0x1000 / 4] = (RAM + 0x2000) / 4 + 1;
  memory.u32[0x2000 / 4] = LEAF / 4 + 1;
  state.set(SLOT.satp, (RAM + 0x1000) / 4096, 0x8000_0000);
  hart.setPrivilege(0);
  hart.banks.clearAll();
});

describe('cache-block management', () => {
  it('needs a page that can be loaded from; else it is a fault of a store', () => {
    const manage = (va: number): string => {
      address(va);
      return calls.manageBlock(H) === 0 ? 'done' : trapText();
    };
    map(1, RAM + 0x1_0000, READ);
    expect(manage(0x1040)).toBe('done');
    map(2, RAM + 0x1_0000, EXECUTE);
    expect(manage(0x2040)).toBe('15 at 0x2040');
    expect(manage(0x3000)).toBe('15 at 0x3000');
  });
});

describe('loads and stores', () => {
  it('of every size and alignment reach RAM, little-endian', () => {
    map(1, RAM + 0x1_0000, READ | WRITE | DIRTY);
    expect(store(0x1000, 8, 0x1122_3344_5566_7788n)).toBe('done');
    expect([load(0x1000, 1), load(0x1001, 2), load(0x1003, 4), load(0x1000, 8)]).toEqual([
      0x88n,
      0x6677n,
      0x2233_4455n,
      0x1122_3344_5566_7788n,
    ]);
    store(0x1002, 4, 0xaabb_ccddn);
    store(0x1007, 1, 0x1ffn);
    expect(load(0x1000, 8)).toBe(0xff22_aabb_ccdd_7788n);
    store(0x1011, 8, 0x0102_0304_0506_0708n);
    expect(load(0x1011, 8)).toBe(0x0102_0304_0506_0708n);
  });

  it('cross pages that lie apart', () => {
    map(1, RAM + 0x1_0000, READ | WRITE);
    map(2, RAM + 0x5_0000, READ | WRITE);
    expect(store(0x1ffd, 8, 0x8877_6655_4433_2211n)).toBe('done');
    expect([...memory.u8.subarray(0x1_0ffd, 0x1_1000)]).toEqual([0x11, 0x22, 0x33]);
    expect([...memory.u8.subarray(0x5_0000, 0x5_0005)]).toEqual([0x44, 0x55, 0x66, 0x77, 0x88]);
    expect(load(0x1ffd, 8)).toBe(0x8877_6655_4433_2211n);
    expect(load(0x1ffe, 4)).toBe(0x5544_3322n);
  });

  it('that cross into a missing page fault there, and store nothing', () => {
    map(1, RAM + 0x1_0000, READ | WRITE);
    expect(store(0x1ffd, 8, -1n & 0xffn)).toBe('15 at 0x2000');
    expect(memory.u8[0x1_0ffd]).toBe(0);
    expect(load(0x1ffd, 8)).toBe('13 at 0x2000');
    map(2, RAM + 0x5_0000, READ);
    map(1, RAM, 0);
    expect(load(0x1ffd, 8)).toBe('13 at 0x1ffd');
  });

  it('fill the read table, and the write table with D set only', () => {
    map(1, RAM + 0x1_0000, READ | WRITE);
    load(0x1008, 4);
    expect(entry(HART.TLB_READ, 0x1000)).toBe(RAM_BASE + 0x1_0000);
    expect(entry(HART.TLB_WRITE, 0x1000)).toBeUndefined();
    store(0x1008, 4, 0n);
    expect(entry(HART.TLB_WRITE, 0x1000)).toBe(RAM_BASE + 0x1_0000);
    expect((memory.u32[(LEAF - RAM) / 4 + 2] as number) & DIRTY).toBe(DIRTY);
  });
});

describe('devices', () => {
  beforeEach(() => map(1, DEVICE, READ | WRITE));

  it('are accessed with offset and size, and never through the TLB', () => {
    expect(load(0x1004, 4)).toBe(0x1234_5678n);
    expect(load(0x1002, 1)).toBe(0x78n);
    expect(store(0x1006, 2, 0xffff_abcdn)).toBe('done');
    expect(accesses).toEqual([
      ['read', 4, 4, 0],
      ['read', 2, 1, 0],
      ['write', 6, 2, 0xabcd],
    ]);
    expect(entry(HART.TLB_READ, 0x1000)).toBeUndefined();
  });

  it('give access faults where they refuse, and for misaligned, atomic and fetch accesses', () => {
    expect(load(0x1008, 4)).toBe('5 at 0x1008');
    expect(store(0x1008, 4, 0n)).toBe('7 at 0x1008');
    expect(load(0x1001, 4)).toBe('5 at 0x1001');
    expect(load(0x1000, 8)).toBe('5 at 0x1000');
    address(0x1000);
    expect(calls.translateRead(H, 4)).toBe(1);
    expect(trapText()).toBe('5 at 0x1000');
    expect(calls.translateWrite(H, 4)).toBe(1);
    expect(trapText()).toBe('7 at 0x1000');
    map(1, DEVICE, EXECUTE);
    expect(calls.translateFetch(H)).toBe(1);
    expect(trapText()).toBe('1 at 0x1000');
  });

  it('do not exist everywhere', () => {
    map(1, 0x3000_0000, READ | WRITE);
    expect(load(0x1000, 4)).toBe('5 at 0x1000');
    map(1, RAM + memory.size, READ | WRITE);
    expect(store(0x1000, 4, 0n)).toBe('7 at 0x1000');
  });
});

describe('translation for the engine', () => {
  it('gives host addresses for atomics and host pages for code', () => {
    map(1, RAM + 0x1_0000, READ | WRITE | EXECUTE);
    address(0x1238);
    expect(calls.translateWrite(H, 8)).toBe(0);
    expect(state.word(HART.SCRATCH + 8)).toBe(RAM_BASE + 0x1_0238);
    expect(calls.translateFetch(H)).toBe(0);
    expect(state.word(HART.SCRATCH + 8)).toBe(RAM_BASE + 0x1_0000);
    expect(entry(HART.TLB_FETCH, 0x1000)).toBe(RAM_BASE + 0x1_0000);
  });

  it('faults on addresses that are not canonical', () => {
    address(0x1000, 0x8000_0000);
    expect(calls.load(H, 8)).toBe(1);
    expect(state.word(HART.CAUSE)).toBe(13);
    expect([state.word(HART.TVAL), state.word(HART.TVAL + 4)]).toEqual([0x1000, 0x8000_0000]);
  });
});

describe('stores to code', () => {
  it('are noticed: a page is in the write table or in the fetch table, never in both', () => {
    const pages: number[] = [];
    onForgotten = (page) => pages.push(page);
    map(1, RAM + 0x6_0000, READ | WRITE | EXECUTE);
    store(0x1000, 4, 0x13n);
    expect(entry(HART.TLB_WRITE, 0x1000)).toBeDefined();
    calls.translateFetch(H);
    expect(entry(HART.TLB_WRITE, 0x1000)).toBeUndefined();
    expect(entry(HART.TLB_FETCH, 0x1000)).toBeDefined();
    store(0x1000, 4, 0x13n);
    expect(entry(HART.TLB_FETCH, 0x1000)).toBeUndefined();
    expect(pages).toEqual([(RAM + 0x6_0000) / 4096]);
    store(0x1004, 4, 0x13n);
    expect(pages.length).toBe(1);
    onForgotten = () => undefined;
  });
});

describe('sfence.vma', () => {
  const PAGES = [0x1000, 0x2000];
  const present = (): boolean[] => PAGES.map((va) => entry(HART.TLB_READ, va) !== undefined);
  const fence = (flags: number, va: number, asid: number): void => {
    hart.setPrivilege(1);
    address(va);
    state.setWord(HART.SCRATCH + 8, asid);
    expect(calls.sfenceVma(H, flags)).toBe(0);
    hart.setPrivilege(0);
  };

  beforeEach(() => {
    for (const va of PAGES) {
      map(va / 4096, RAM + 0x1_0000 + va, READ);
      load(va, 4);
    }
    expect(present()).toEqual([true, true]);
  });

  it('is implied by other page tables under the same number, as on QEMU', () => {
    const choose = (root: number): void => {
      hart.setPrivilege(3);
      hart.low = root / 4096;
      hart.high = 0x8000_0000;
      expect(hart.writeCsr(0x180)).toBe(true);
      hart.setPrivilege(0);
    };
    choose(RAM + 0x1000);
    load(0x1000, 4);
    choose(RAM + 0x1000);
    expect(present()[0]).toBe(true);
    choose(RAM + 0x4000);
    expect(present()).toEqual([false, false]);
    expect(load(0x1000, 4)).toMatch(/^13 /);
  });

  it('forgets one page, one address space, or all', () => {
    fence(3, 0x1008, 0);
    expect(present()).toEqual([false, true]);
    fence(2, 0, 1);
    expect(present()).toEqual([false, true]);
    fence(2, 0, 0);
    expect(present()).toEqual([false, false]);
    load(0x1000, 4);
    fence(1, 0x1000, 7);
    expect(present()).toEqual([false, false]);
    load(0x1000, 4);
    fence(0, 0, 0);
    expect(present()).toEqual([false, false]);
  });

  it('for one page of a superpage forgets all of it', () => {
    memory.u32[0x2000 / 4] = RAM / 4 + USER + READ;
    fence(0, 0, 0);
    for (const va of PAGES) load(va, 4);
    expect(present()).toEqual([true, true]);
    fence(1, 0x10_0000, 0);
    expect(present()).toEqual([false, false]);
  });

  it('is illegal in user mode', () => {
    expect(calls.sfenceVma(H, 0)).toBe(1);
    expect(state.word(HART.CAUSE)).toBe(2);
  });
});

describe('memory', () => {
  it('tells about replaced code, and only that', () => {
    const pages: number[] = [];
    memory.setCodeListener((page) => pages.push(page));
    map(1, RAM + 0x3_0000, EXECUTE);
    address(0x1000);
    calls.translateFetch(H);
    memory.dmaWrite(RAM + 0x2_f000, 0x2000);
    memory.dmaWrite(RAM + 0x3_1000, 0x1000);
    memory.dmaRead(RAM + 0x3_0000, 0x1000);
    expect(pages).toEqual([(RAM + 0x3_0000) / 4096]);
    memory.setCodeListener(() => undefined);
  });

  it('copies and fills inside RAM only', () => {
    memory.fill(RAM + 100, 7, 4);
    memory.u8[100] = 1;
    memory.copy(RAM + 102, RAM + 100, 4);
    expect([...memory.u8.subarray(98, 108)]).toEqual([0, 0, 1, 7, 1, 7, 7, 7, 0, 0]);
    expect(() => memory.fill(RAM - 1, 0, 2)).toThrow(RangeError);
    expect(() => memory.copy(RAM, RAM + memory.size - 1, 2)).toThrow(RangeError);
    expect(memory.dmaRead(RAM + memory.size - 4, 5)).toBeUndefined();
  });

  it('says what sizes are possible', () => {
    expect(() => new PhysicalMemory(1024 * 1024)).toThrow('memory of 1 MiB is not possible');
    expect(() => new PhysicalMemory(4 * 2 ** 30)).toThrow('16 MiB to 3584 MiB');
    expect(() => new PhysicalMemory(16 * 1024 * 1024 + 1)).toThrow('whole pages');
  });
});
