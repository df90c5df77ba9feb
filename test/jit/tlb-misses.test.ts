/**
 * What the interpreter does itself where a TLB has no entry, beside a machine that leaves it all to EngineCalls: page tables of random content,
 * random accesses and flushes. Registers, memory, banks and counters must be the same.
 */
import { describe, expect, it } from 'vitest';
import { DEFAULT_ISA } from '../../src/isa/extensions.ts';
import { PTE } from '../../src/isa/sv39.ts';
import { Bus } from '../../src/machine/bus.ts';
import { VirtualClock } from '../../src/machine/clock.ts';
import { FrameUse, SingleThread } from '../../src/machine/frame-use.ts';
import { Hart } from '../../src/machine/hart.ts';
import { HartCalls } from '../../src/machine/hart-calls.ts';
import { BANK_BYTES, HART, hostOf, TOTAL } from '../../src/machine/hart-layout.ts';
import { SLOT } from '../../src/machine/hart-state.ts';
import { Interpreter } from '../../src/machine/interpreter.ts';
import { PhysicalMemory } from '../../src/machine/memory.ts';
import { Mmu } from '../../src/machine/mmu.ts';
import { interpreterModule } from '../support/engine-backend.ts';
import { Random } from '../support/random.ts';

const RAM = 0x8000_0000;
const RAM_BYTES = 16 << 20;
/** That page tables lead to. */
const PAGES = 256;
const [USER, SUPERVISOR] = [0, 1];
const [FIRST_ASID, SECOND_ASID] = [3, 4];
/** Frames of page tables: a root for each address space, then tables for all levels. */
const [ROOTS, TABLES, DATA] = [1, 4, 12];
const ACCESSES = ['load', 'store', 'translateRead', 'translateWrite', 'translateFetch'] as const;
type Access = (typeof ACCESSES)[number];
const MISSED: Readonly<Record<Access, string>> = {
  load: 'loadMissed',
  store: 'storeMissed',
  translateRead: 'readMissed',
  translateWrite: 'writeMissed',
  translateFetch: 'fetchMissed',
};
type Miss = (hart: number, size: number) => number;

/** One of the two: with `walks` the interpreter's functions are called, else those of HartCalls. */
class Side {
  readonly memory = new PhysicalMemory(RAM_BYTES);
  readonly hart: Hart;
  readonly mmu = new Mmu(this.memory);
  /** Calls of HartCalls. */
  asked = 0;
  private readonly calls: HartCalls;
  private readonly interpreter: Interpreter | undefined;

  constructor(isWalking: boolean) {
    const { memory } = this;
    const walks = { data: isWalking, code: isWalking };
    this.hart = new Hart(memory, 0, new VirtualClock(() => 0), 8, DEFAULT_ISA, walks);
    const one = new SingleThread([this.hart], () => undefined);
    const frames = new FrameUse(memory, false, one);
    this.calls = new HartCalls(memory, new Bus(), this.mmu, [this.hart], frames);
    this.hart.reset(RAM, 0);
    this.hart.openMemory();
    if (!isWalking) return;
    const calls = new Proxy(this.calls, {
      get: (target, name: keyof HartCalls) => {
        const value = target[name];
        if (typeof value !== 'function') return value;
        return (...operands: never[]) => {
          this.asked++;
          return Reflect.apply(value, target, operands);
        };
      },
    });
    const module = interpreterModule();
    this.interpreter = new Interpreter({ memory: memory.wasm, calls, module, isa: DEFAULT_ISA });
    // That writes the engine's words of the hart block.
    this.interpreter.run(this.hart.state.block);
    this.hart.state.set(SLOT.totals + TOTAL.ITLB_MISSES, 0, 0);
    this.asked = 0;
  }

  access(kind: Access, va: bigint, size: number, value: bigint): string {
    const { state } = this.hart;
    const { quads } = this.memory;
    const scratch = (state.block + HART.SCRATCH) >>> 3;
    quads[scratch] = va;
    quads[scratch + 1] = value;
    const missed = this.interpreter?.instance.exports[MISSED[kind]] as Miss | undefined;
    const status = missed
      ? missed(state.block, size)
      : kind === 'translateFetch'
        ? this.calls.translateFetch(state.block)
        : this.calls[kind](state.block, size);
    // As if the engine had run its code.
    if (kind === 'translateFetch' && status === 0) this.run(Number(quads[scratch + 1]) >>> 12);
    if (status !== 0) return `${state.word(HART.CAUSE)} ${state.word(HART.TVAL)}`;
    return kind === 'store' ? 'stored' : `${quads[scratch + 1]}`;
  }

  private run(hostPage: number): void {
    if (this.interpreter?.pages.of(hostPage) === undefined) this.interpreter?.pages.give(hostPage);
  }

  /** What is counted, and whatever the banks hold. */
  look(): { counted: number[]; banks: Uint32Array } {
    const { state } = this.hart;
    const totals = [0, 1, 2].map((total) => state.low(SLOT.totals + total));
    const counted = [...totals, this.mmu.walks + state.number(HART.WALKS)];
    const first = state.word(HART.TLB_READ) >>> 2;
    return { counted, banks: this.memory.words.slice(first, first + BANK_BYTES / 4) };
  }

  ram(): Uint8Array {
    return this.memory.u8;
  }
}

/** An entry that points to a table of the next level, to a page or nowhere, mostly as it should be. */
function randomEntry(random: Random, level: number): readonly [low: number, high: number] {
  const isPointer = level > 0 && !random.chance(0.1);
  const frame = isPointer
    ? TABLES + random.below(DATA - TABLES)
    : DATA + random.below(PAGES - DATA);
  const permissions = random.pick([PTE.R, PTE.R | PTE.W, PTE.R | PTE.X, PTE.X, 7 << 1, PTE.W]);
  let flags: number = isPointer ? 0 : permissions | PTE.A | PTE.D;
  if (!isPointer && random.chance(0.8)) flags |= PTE.U;
  if (!random.chance(0.1)) flags |= PTE.V;
  if (random.chance(0.1)) flags ^= random.pick([PTE.A, PTE.D, PTE.U, PTE.G, PTE.R, PTE.RSW]);
  const high = random.chance(0.05) ? random.pick([1, 1 << 10, 1 << 22, 1 << 29, 1 << 31]) : 0;
  const outside = random.chance(0.05) ? random.pick([RAM_BYTES / 4096, 0x4000_0, -0x7_0000]) : 0;
  return [((RAM / 4096 + frame + outside) * 1024 + flags) >>> 0, high >>> 0];
}

function randomAddress(random: Random): bigint {
  const pages = BigInt(random.pick([0, 1, 2, 511, 512]) * 512 + random.below(12));
  const high = random.chance(0.05) ? BigInt(random.pick([0x40, 0xffff_ffff, 0x8000])) << 32n : 0n;
  const offset = BigInt(random.chance(0.1) ? 4090 + random.below(6) : random.below(512) * 8);
  return (high | (pages << 12n)) + offset;
}

class Pair {
  readonly sides = [new Side(true), new Side(false)] as const;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
    for (let frame = ROOTS; frame < DATA; frame++)
      for (let index = 0; index < 12; index++) this.write(frame, index);
    for (const frame of [...new Array(DATA - ROOTS).keys()].map((k) => k + ROOTS))
      this.write(frame, 511);
    this.choose(FIRST_ASID, USER);
  }

  private write(frame: number, index: number): void {
    // What is a table of one level is read as one of another, too.
    const level = frame < TABLES ? 2 : this.random.below(2);
    const [low, high] = randomEntry(this.random, level);
    for (const { memory } of this.sides)
      memory.u32.set([low, high], (frame * 4096 + index * 8) >>> 2);
  }

  private choose(asid: number, privilege: number): void {
    for (const { hart } of this.sides) {
      hart.state.set(SLOT.satp, RAM / 4096 + ROOTS + (asid & 1), (8 << 28) | (asid << 12));
      hart.setPrivilege(privilege);
    }
  }

  /** Returns what each has seen. */
  step(): [string, string] {
    const { random } = this;
    const low = random.below(24) * 4096;
    if (random.chance(0.02))
      this.choose(random.pick([FIRST_ASID, SECOND_ASID]), random.pick([USER, SUPERVISOR]));
    if (random.chance(0.02)) {
      this.write(ROOTS + random.below(DATA - ROOTS), random.pick([0, 0, 1, random.below(12)]));
      for (const { hart } of this.sides) hart.banks.clearAll();
    }
    if (random.chance(0.02))
      for (const { hart } of this.sides) hart.banks.clearPage(low, 0, undefined);
    if (random.chance(0.01))
      for (const { hart } of this.sides) hart.banks.clearWritesOf(FIRST_ASID);
    if (random.chance(0.005)) for (const { hart } of this.sides) hart.banks.clearFetches();
    const kind = random.pick(ACCESSES);
    const size = random.pick([1, 2, 4, 8]);
    const isAligned = kind.startsWith('translate') || random.chance(0.5);
    const address = randomAddress(random);
    const va = isAligned ? address - (address % 8n) : address;
    const value = random.bits64();
    const [a, b] = this.sides.map((side) => side.access(kind, va, size, value));
    return [`${kind} ${size} ${va.toString(16)}: ${a}`, `${kind} ${size} ${va.toString(16)}: ${b}`];
  }
}

describe('accesses that miss', () => {
  it.each([1, 2, 3, 4])('do what EngineCalls does (seed %i)', (seed) => {
    const pair = new Pair(new Random(seed));
    const [walking, asking] = pair.sides;
    for (let step = 0; step < 4000; step++) {
      const [a, b] = pair.step();
      expect(a).toBe(b);
      if (step % 100 !== 0) continue;
      expect(walking.look()).toEqual(asking.look());
    }
    expect(Buffer.compare(walking.ram(), asking.ram())).toBe(0);
    expect(walking.hart.state.number(HART.WALKS)).toBeGreaterThan(500);
    expect(asking.hart.state.number(HART.WALKS)).toBe(0);
  });

  it('ask nobody where all is as it should be, but for the first fetch from a frame', () => {
    const side = new Side(true);
    const { hart, memory } = side;
    const all = PTE.V | PTE.R | PTE.W | PTE.X | PTE.U | PTE.A | PTE.D;
    const point = (frame: number, index: number, target: number, flags: number) =>
      memory.u32.set([(RAM / 4096 + target) * 1024 + flags, 0], frame * 1024 + index * 2);
    point(ROOTS, 0, TABLES, PTE.V);
    point(TABLES, 0, TABLES + 1, PTE.V);
    for (let page = 0; page < 8; page++) point(TABLES + 1, page, DATA + page, all);
    hart.state.set(SLOT.satp, RAM / 4096 + ROOTS, 8 << 28);
    hart.setPrivilege(USER);
    const go = (kind: Access): number => {
      side.asked = 0;
      for (let page = 0n; page < 8n; page++) side.access(kind, page * 4096n + 16n, 8, 7n);
      return side.asked;
    };
    expect(ACCESSES.map(go)).toEqual([0, 0, 0, 0, 8]);
    hart.banks.clearAll();
    expect(ACCESSES.map(go)).toEqual([0, 0, 0, 0, 0]);
    // No page, and no right: a page fault is recorded at once.
    expect(side.access('load', 0x8000n, 8, 0n)).toBe('13 32768');
    point(TABLES + 1, 1, DATA + 1, all & ~PTE.W);
    expect(side.access('store', 0x1000n, 8, 0n)).toBe('15 4096');
    expect(side.asked).toBe(0);
    // A walk that has to set D is left to the machine.
    point(TABLES + 1, 2, DATA + 2, all & ~PTE.D);
    side.access('store', 0x2000n, 8, 0n);
    expect(side.asked).toBe(1);
  });
});

describe('walks are left to EngineCalls', () => {
  const root = (prepare: (hart: Hart) => void): number => {
    const { hart } = new Side(true);
    hart.state.set(SLOT.satp, RAM / 4096 + ROOTS, 8 << 28);
    hart.setPrivilege(USER);
    prepare(hart);
    return hart.state.word(HART.WALK_ROOT);
  };
  const write = (hart: Hart, csr: number, low: number, high = 0): void => {
    hart.low = low;
    hart.high = high;
    hart.setPrivilege(3);
    expect(hart.writeCsr(csr)).toBe(true);
    hart.setPrivilege(USER);
  };

  it('not in U-mode as a rule, with the root where the host has it', () => {
    expect(root(() => undefined)).toBe(hostOf(RAM + ROOTS * 4096));
  });
  it.each<[string, (hart: Hart) => void]>([
    ['while a debugger watches', (hart) => hart.watch(true)],
    ['with protection that does not grant everything', (hart) => write(hart, 0x3a0, 0x1b)],
    ['with MXR', (hart) => write(hart, 0x300, 1 << 19)],
    ['with a trigger for loads', (hart) => write(hart, 0x7a1, 0x09, 6 << 28)],
    ['in M-mode', (hart) => hart.setPrivilege(3)],
    [
      'with a root out of RAM',
      (hart) => {
        hart.state.set(SLOT.satp, 5, 8 << 28);
        hart.contextChanged();
      },
    ],
    [
      'with Sv48',
      (hart) => {
        hart.state.set(SLOT.satp, RAM / 4096 + ROOTS, 9 << 28);
        hart.contextChanged();
      },
    ],
  ])('%s', (_, prepare) => {
    expect(root(prepare)).toBe(0);
  });
  it('until the debugger does not watch any more', () => {
    const ended = root((hart) => {
      hart.watch(true);
      hart.watch(false);
    });
    expect(ended).toBe(hostOf(RAM + ROOTS * 4096));
  });
});
