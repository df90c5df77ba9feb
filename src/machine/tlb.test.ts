/** Clearing of TLB banks: no translation survives, whether few or many were entered; what is only for writing goes alone. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HART, JUMP_CACHE, TLB } from './hart-layout.ts';
import { HartState } from './hart-state.ts';
import { PhysicalMemory } from './memory.ts';
import { bankKey, TranslationBanks } from './tlb.ts';

const RAM_BYTES = 16 * 1024 * 1024;
const USER = 0;
const ASID = 5;
const OTHER = 6;
/** Words of a TLB entry's tag. */
const CLEAR = 0;
/** Pages from here on lie in the last entry, the first, the second and so on. */
const LAST_ENTRY = 2 * TLB.ENTRIES - 1;

describe('TLB banks', () => {
  let memory: PhysicalMemory;
  let state: HartState;
  let banks: TranslationBanks;

  beforeEach(() => {
    memory = new PhysicalMemory(RAM_BYTES);
    state = new HartState(memory, 0);
    banks = new TranslationBanks(memory, 0, state.block);
    choose(ASID);
  });

  function choose(asid: number): void {
    const key = bankKey(asid, USER, 0, 0);
    banks.select(key, key);
  }

  /** Tags of a table that name a page which is looked for there. */
  function known(table: number): number {
    const first = state.word(table) >>> 2;
    let count = 0;
    for (let i = 0; i < TLB.ENTRIES; i++) {
      const tag = memory.words[first + (i * TLB.ENTRY_BYTES) / 4] as number;
      if (((tag >>> 12) & (TLB.ENTRIES - 1)) === i) count++;
    }
    return count;
  }

  /** An access at `va` finds an entry, by the rule of memory-forms.ts: the tag is its page's. */
  function matches(table: number, va: bigint): boolean {
    const index = Number((va >> 12n) & BigInt(TLB.ENTRIES - 1));
    const entry = (state.word(table) + index * TLB.ENTRY_BYTES) >>> 2;
    const [low, high] = [memory.words[entry] as number, memory.words[entry + 1] as number];
    return BigInt.asUintN(64, ((BigInt(high) << 32n) | BigInt(low)) ^ va) <= 4095n;
  }

  function pagesOf(count: number): number[] {
    return Array.from({ length: count }, (_, page) => page);
  }

  /** As the engine does it, after a fetch: all pcs of the page, at the places of jumpCacheOffset (memory-forms.ts). */
  function jumpInto(low: number): void {
    const cache = state.word(HART.JUMP_CACHE);
    const mask = (JUMP_CACHE.ENTRIES - 1) * JUMP_CACHE.ENTRY_BYTES;
    for (let pc = low; pc < low + 4096; pc += 2)
      memory.words.set([pc, 0, 9], (cache + (((pc ^ (pc >>> 12)) << 3) & mask)) >>> 2);
  }

  function enter(pages: number, first = 0): void {
    for (let page = first; page < first + pages; page++) {
      banks.fillRead(page << 12, 0, 0x1000, false);
      banks.fillWrite(page << 12, 0, 0x1000, false);
      banks.fillFetch(page << 12, 0, 0x1000, false);
    }
  }

  const CLEARINGS: readonly [string, () => void][] = [
    ['nothing', () => undefined],
    ['all', () => banks.clearAll()],
    ['the write tables', () => banks.clearWrites()],
    ['what leads to code', () => banks.clearFetches()],
    ['an address space', () => banks.clearAsid(ASID)],
    ['its permission to write', () => banks.clearWritesOf(ASID)],
    [
      'pages, one by one',
      () => {
        for (const page of pagesOf(64)) banks.clearPage((LAST_ENTRY + page) << 12, 0, ASID);
      },
    ],
  ];
  it.each(CLEARINGS)(
    'have no entry for the bytes that empty ones are made of: %s cleared',
    (_what, clear) => {
      const tag = BigInt(CLEAR) * 0x1_0000_0001n;
      for (const pages of [0, 64, 2000]) {
        enter(pages, LAST_ENTRY);
        clear();
        for (const table of [HART.TLB_READ, HART.TLB_WRITE, HART.TLB_FETCH])
          for (let distance = -4096n; distance < 4096n; distance += 15n)
            expect(matches(table, tag + distance)).toBe(false);
        // Nor has the jump cache pc 0, which is looked for in its first entry.
        const cache = state.word(HART.JUMP_CACHE) >>> 2;
        expect([...memory.words.subarray(cache, cache + 2)]).not.toEqual([0, 0]);
      }
    },
  );

  it.each([0, 1, 40, 341, 342, 2000])('forget an address space of %i pages as a whole', (pages) => {
    enter(pages);
    expect([HART.TLB_READ, HART.TLB_WRITE, HART.TLB_FETCH].map(known)).toEqual([
      pages,
      pages,
      pages,
    ]);
    const jump = state.word(HART.JUMP_CACHE);
    for (const page of pagesOf(pages)) jumpInto(page << 12);
    banks.clearAsid(OTHER);
    expect(known(HART.TLB_READ)).toBe(pages);
    banks.clearAsid(ASID);
    expect([HART.TLB_READ, HART.TLB_WRITE, HART.TLB_FETCH].map(known)).toEqual([0, 0, 0]);
    const jumps = memory.words.subarray(jump >>> 2, (jump + JUMP_CACHE.BANK_BYTES) >>> 2);
    expect([...jumps.subarray(0, 2)]).toEqual([1, 0]);
    expect(jumps.subarray(2).every((word) => word === CLEAR)).toBe(true);
    enter(3);
    expect(known(HART.TLB_FETCH)).toBe(3);
    banks.clearAsid(ASID);
    expect(known(HART.TLB_FETCH)).toBe(0);
  });

  it.each([0, 0x5000, 0x0400_3000, 0x0c00_3000, 0x3f00_6000])('forget all jumps into %i', (low) => {
    for (let round = 0; round < 2; round++) {
      banks.fillFetch(low, 0, 0x1000, false);
      jumpInto(low);
      banks.clearAsid(ASID);
      const jump = state.word(HART.JUMP_CACHE);
      const words = memory.words.subarray(jump >>> 2, (jump + JUMP_CACHE.BANK_BYTES) >>> 2);
      expect(words.subarray(1).every((word) => word === CLEAR)).toBe(true);
      expect(words.includes(low + 2)).toBe(false);
    }
  });

  it('forget what may be written, and nothing else', () => {
    enter(7);
    choose(OTHER);
    enter(4);
    banks.clearWritesOf(ASID);
    expect(known(HART.TLB_WRITE)).toBe(4);
    choose(ASID);
    expect([HART.TLB_READ, HART.TLB_WRITE, HART.TLB_FETCH].map(known)).toEqual([7, 0, 7]);
  });

  it('forget the jumps into one page, and keep those into others, also 128 MiB further', () => {
    // Two pages of the same part of the jump cache, of which the fetch bits are the same one too; and a page 4 GiB up.
    const places = [
      [0x0400_3000, 0],
      [0x0c00_3000, 0],
      [0x0400_3000, 1],
    ] as const;
    const first = state.word(HART.JUMP_CACHE) + 7 * 2048 * JUMP_CACHE.ENTRY_BYTES;
    const entries = places.flatMap(([low, high], k) =>
      Array.from({ length: 5 }, (_, i) => {
        const pc = low + i * 800;
        const entry = (first + (7 * i + k) * JUMP_CACHE.ENTRY_BYTES) >>> 2;
        memory.words.set([pc, high, 9], entry);
        return { low, high, entry };
      }),
    );
    for (const [low, high] of places) banks.fillFetch(low, high, 0x1000, false);
    banks.clearPage(0x0c00_3000, 0, ASID);
    for (const { low, high, entry } of entries) {
      const isGone = low === 0x0c00_3000;
      expect(memory.words[entry] === CLEAR && memory.words[entry + 1] === CLEAR).toBe(isGone);
      if (!isGone) expect(memory.words[entry + 1]).toBe(high);
    }
  });

  it.each([0, 1, 2])(
    'forget the first entry of a table where nothing else was entered (table %i)',
    (table) => {
      const va = TLB.ENTRIES << 12;
      const pointer = [HART.TLB_READ, HART.TLB_WRITE, HART.TLB_FETCH][table] as number;
      const fill = (): void => {
        if (table === 0) banks.fillRead(va, 0, 0x1000, false);
        else if (table === 1) banks.fillWrite(va, 0, 0x1000, false);
        else banks.fillFetch(va, 0, 0x1000, false);
      };
      for (const forget of [() => banks.clearPage(va, 0, ASID), () => banks.clearAsid(ASID)]) {
        fill();
        expect(matches(pointer, BigInt(va))).toBe(true);
        forget();
        expect(matches(pointer, BigInt(va))).toBe(false);
      }
    },
  );

  it('begin empty for an address space that takes the place of another', () => {
    for (let asid = 10; asid < 30; asid++) {
      choose(asid);
      expect(known(HART.TLB_READ)).toBe(0);
      enter(asid % 2 ? 5 : 200);
    }
  });

  /** Entries by place and address space, as they are to be. */
  type Model = Map<number, Map<number, number>>;

  function hold(model: Model, table: number, page: number): void {
    model.set(table, (model.get(table) ?? new Map()).set(page % TLB.ENTRIES, page));
  }

  it.each([1, 2, 3, 4])('hold what was entered last and not cleared since (seed %i)', (seed) => {
    let random = seed;
    const below = (limit: number): number => {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((random / 2 ** 32) * limit);
    };
    const fills = [
      [HART.TLB_READ, (page: number) => banks.fillRead(page << 12, 0, 0x1000, false)],
      [HART.TLB_WRITE, (page: number) => banks.fillWrite(page << 12, 0, 0x1000, false)],
      [HART.TLB_FETCH, (page: number) => banks.fillFetch(page << 12, 0, 0x1000, false)],
    ] as const;
    const models = new Map<number, Model>([
      [ASID, new Map()],
      [OTHER, new Map()],
    ]);
    let asid = ASID;
    const clear: Readonly<Record<number, () => void>> = {
      0: () => banks.clearWrites(),
      1: () => banks.clearFetches(),
      2: () => banks.clearWritesOf(asid),
      3: () => banks.clearAsid(asid),
    };
    const isCleared = (how: number, table: number, of: number): boolean =>
      (how === 0 && table === HART.TLB_WRITE) ||
      (how === 1 && table === HART.TLB_FETCH) ||
      (of === asid && (how === 3 || (how === 2 && table === HART.TLB_WRITE)));
    for (let round = 0; round < 60; round++) {
      // Some rounds enter more than is noted.
      const [pages, count] = round % 7 === 6 ? [3000, 2500] : [300, 40];
      for (let k = 0; k < count; k++) {
        const page = below(pages) + (below(8) === 0 ? TLB.ENTRIES : 0);
        const [table, fill] = fills[below(3)] as (typeof fills)[number];
        fill(page);
        hold(models.get(asid) as Model, table, page);
        if (below(4) > 0) continue;
        banks.clearPage(page << 12, 0, asid);
        for (const entries of (models.get(asid) as Model).values())
          if (entries.get(page % TLB.ENTRIES) === page) entries.delete(page % TLB.ENTRIES);
      }
      const how = below(8);
      clear[how]?.();
      for (const [of, model] of models)
        for (const [table, entries] of model) if (isCleared(how, table, of)) entries.clear();
      for (const [of, model] of models) {
        choose(of);
        for (const [table] of fills) {
          const entries = model.get(table) ?? new Map<number, number>();
          expect(known(table)).toBe(entries.size);
          for (const page of entries.values())
            expect(matches(table, BigInt(page) << 12n)).toBe(true);
        }
      }
      asid = below(2) === 0 ? ASID : OTHER;
      choose(asid);
    }
  });
});
