/** The code cache: bounded, evicted, invalidated by cause, installed when known; and what it counts. */
import { describe, expect, it } from 'vitest';
import { EXECUTED, type RegionRequest } from '../../src/jit/control-flow.ts';
import type { EngineOptions } from '../../src/jit/engine.ts';
import { translate } from '../../src/jit/translate.ts';
import type { TranslatorAnswer } from '../../src/jit/translator-port.ts';
import { Exit } from '../../src/machine/engine.ts';
import { addi, beq, bne, ecall, jal, jalr, nop } from '../support/assembler.ts';
import { Board, CODE, TIERS } from '../support/board.ts';
import { SYNCHRONOUS } from '../support/engine-backend.ts';

const PAGE = 4096;

/** Adds its number to x10 in each of many pages, in a ring, until x8 rounds are done. */
function ringBoard(tier: Partial<EngineOptions>, pages: number): Board {
  const board = new Board(tier, [nop]);
  for (let page = 0; page < pages - 1; page++)
    board.machine.writeWords(CODE + page * PAGE, [addi(10, 10, page), jal(0, PAGE - 4)]);
  const last = [addi(8, 8, -1), beq(8, 0, 8), jal(0, -(pages - 1) * PAGE - 8), ecall];
  board.machine.writeWords(CODE + (pages - 1) * PAGE, last);
  return board;
}

/** 0 + 1 + ... + 28. */
const SUM = 406;

describe.each(Object.entries(TIERS))('limits of the caches, %s', (name, tier) => {
  it('takes record pages back', () => {
    // A three-hundredth of the engines' area holds about ten record pages.
    const board = ringBoard({ ...tier, engines: 300 }, 30);
    board.machine.x(8, 100n);
    expect(board.run(100_000)).toBe(Exit.TRAP);
    expect(Number(board.machine.x(10))).toBe(100 * SUM);
    expect(board.engine.statistics()['pagesEvicted']).toBeGreaterThan(0);
  });

  it('uses record pages of replaced code again', () => {
    const board = new Board({ ...tier, engines: 300 }, [nop]);
    for (let page = 1; page <= 30; page++) {
      board.machine.writeWords(CODE + page * PAGE, [addi(10, 10, page), ecall]);
      board.machine.pc = CODE + page * PAGE;
      expect(board.run(100)).toBe(Exit.TRAP);
      board.engine.invalidatePage((CODE + page * PAGE) / PAGE);
    }
    expect(Number(board.machine.x(10))).toBe(465);
    expect(board.engine.statistics()).toMatchObject({ pagesDecoded: 30, pagesEvicted: 0 });
    expect(board.engine.statistics()['codePages']).toBeLessThan(4);
  });

  it('evicts translations', () => {
    const board = ringBoard({ ...tier, codeBudgetBytes: 5000 }, 30);
    board.machine.x(8, 300n);
    expect(board.run(100_000)).toBe(Exit.TRAP);
    // Evicted regions come back in other slots: a jump cache that still led to the old ones would add other pages' numbers.
    expect(Number(board.machine.x(10))).toBe(300 * SUM);
    if (name === 'regions') expect(board.engine.statistics()['evictions']).toBeGreaterThan(2);
  });
});

it('evicts what is not in use, and uses its numbers again', () => {
  const asked: string[] = [];
  const translate: typeof SYNCHRONOUS.translate = (requests) => {
    asked.push(...requests.map(({ page, entry }) => `${page}+${entry}`));
    return SYNCHRONOUS.translate(requests);
  };
  const translation = { mode: 'synchronous', translate } as const;
  // A loop that calls what x9 says; functions in pages of their own that are called for a while and never again.
  const loop = [addi(10, 10, 1), jalr(1, 0, 9), jal(0, -8)];
  const codeBudgetBytes = 5000;
  const board = new Board({ translation, heatThreshold: 2, codeBudgetBytes }, loop);
  const functions = 60;
  for (let page = 1; page <= functions; page++)
    board.machine.writeWords(CODE + page * PAGE, [addi(11, 11, 1), jalr(0, 0, 1)]);
  for (let page = 1; page <= functions; page++) {
    board.machine.x(9, BigInt(CODE + page * PAGE));
    for (let slice = 0; slice < 3; slice++) expect(board.run(500)).toBe(Exit.BUDGET);
    const { regionBytes = 0 } = board.engine.statistics();
    expect(regionBytes).toBeLessThanOrEqual(codeBudgetBytes);
  }
  const rounds = Number(board.machine.x(10));
  expect(rounds - Number(board.machine.x(11))).toBeLessThanOrEqual(1);
  expect(board.machine.instret).toBe(functions * 1500);
  const statistics = board.engine.statistics();
  expect(statistics['evicted']).toBeGreaterThan(functions / 2);
  expect(new Set(asked).size).toBe(asked.length);
});

it('installs what is known of a page as soon as its entry is executed', () => {
  const posted: RegionRequest[] = [];
  const answers: TranslatorAnswer[] = [];
  const port = {
    post: (_batch: number, requests: readonly RegionRequest[]) => void posted.push(...requests),
    receive: () => answers.shift(),
    close: () => undefined,
  };
  // Two loops in a page; x5 says which one runs.
  const first = [bne(5, 0, 12), addi(10, 10, 1), jal(0, -8), addi(11, 11, 1), jal(0, -4)];
  const translation = { mode: 'background', port } as const;
  // Time stands still: what a poll does is not bounded by it.
  const board = new Board({ translation, heatThreshold: 50, now: () => 0 }, first);
  board.run(1000);
  board.engine.poll();
  // The translator's thread is not started for what may be over in a moment.
  expect(posted).toEqual([]);
  for (let poll = 0; poll < 16; poll++) {
    board.run(12_000);
    board.engine.poll();
  }
  expect(posted.map(({ entry }) => entry)).toContain(0);
  const request = posted[0] as RegionRequest;
  const executed = request.executed.slice().fill(EXECUTED, 0, 10);
  const both = [request, { ...request, executed, entry: 12 }];
  const { bytes = new Uint8Array(), covered } = translate(both);
  const module = new WebAssembly.Module(bytes);
  const regions = both.map(({ entry }, index) => ({
    ...{ module, id: 1, byteLength: bytes.length, name: `r${index}`, entry },
    ...{ covered: covered[index] ?? new Uint16Array(), origin: 'cached' as const },
  }));
  const answered = posted.map((_request, index) => index);
  answers.push({
    batch: 1,
    answered,
    regions,
    costMs: 0,
    counters: {} as TranslatorAnswer['counters'],
  });
  board.engine.poll();
  expect(board.engine.statistics()).toMatchObject({ cachedRegions: 1, batchesPending: 0 });
  board.machine.x(5, 1n);
  // A few rounds only: far from hot.
  board.run(20);
  for (let poll = 0; poll < 16; poll++) board.engine.poll();
  expect(board.engine.statistics()).toMatchObject({ cachedRegions: 2, discarded: 0 });
  const before = board.engine.statistics()['translatedInstructions'] ?? 0;
  board.run(1000);
  expect(board.engine.statistics()['translatedInstructions']).toBeGreaterThan(before + 900);
});

it('counts invalidations by cause', () => {
  const board = new Board(TIERS.regions, [addi(10, 10, 1), jal(0, -4)]);
  board.run(1000);
  const { regions = 0 } = board.engine.statistics();
  expect(regions).toBeGreaterThan(0);
  board.engine.invalidatePage(CODE / PAGE);
  expect(board.engine.statistics()).toMatchObject({ regions: 0, invalidatedPage: regions });
  expect(board.engine.statistics()).toMatchObject({ regionBytes: 0, modulesLoaded: 0 });
  board.run(1000);
  board.machine.writeWords(CODE, [addi(10, 10, 2)]);
  board.engine.invalidateAll();
  expect(board.engine.statistics()['invalidatedFence']).toBeGreaterThan(0);
  board.run(1000);
  board.engine.mark(CODE);
  expect(board.engine.statistics()['invalidatedBreakpoint']).toBeGreaterThan(0);
});

it('goes from region to region although their pages have equal offsets', () => {
  // Thirty entries at offset 0, in pages 4 KiB apart: more than the cache would hold if it looked at the low bits only.
  const board = ringBoard(TIERS.regions, 30);
  board.machine.x(8, 1000n);
  expect(board.run(1_000_000)).toBe(Exit.TRAP);
  expect(Number(board.machine.x(10))).toBe(1000 * SUM);
  expect(board.engine.statistics()['exitsUnknownTarget']).toBeLessThan(200);
});

it('counts why regions are left', () => {
  const board = new Board(TIERS.regions, [addi(10, 10, 1), jal(0, -4)]);
  for (let slice = 0; slice < 10; slice++) board.run(1000);
  const statistics = board.engine.statistics();
  expect(statistics['exitsBudget']).toBe(10);
  expect(statistics['exitsOperand']).toBe(0);
  // The first rounds, and the last instructions of each slice, are the interpreter's.
  expect(statistics['translatedInstructions']).toBeGreaterThan(9900);
  expect(statistics['translatedInstructions']).toBeLessThan(10_000);
});

it('keeps code of other pages over fence.i', () => {
  const board = new Board(TIERS.regions, [addi(10, 10, 1), jal(0, -4)]);
  board.run(1000);
  const before = board.engine.statistics()['regions'];
  board.machine.writeWords(CODE + 16 * PAGE, [nop]);
  board.engine.invalidateAll();
  expect(board.engine.statistics()['regions']).toBe(before);
  expect(before).toBeGreaterThan(0);
});
