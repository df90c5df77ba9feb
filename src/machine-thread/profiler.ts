/**
 * Samples what programs execute, between two slices or traps: who runs, and where it is. To read the clock at each trap would take
 * longer than many a trap; so it is read where slices end, and when a sample is due at each trap until a random moment soon after,
 * so that user code and kernel have their shares. No other thread wakes up for it. The engine's slices end at pseudo-random
 * instructions, so a loop is not seen at its head only.
 */
import { PROT_EXEC } from '../abi/mman.ts';
import type { Dentry } from '../fs/dentry.ts';
import { pathOf } from '../fs/path.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { AddressSpace } from '../kernel/mm/address-space.ts';
import type { Task } from '../kernel/task.ts';
import { toUnicode } from '../lib/bytes.ts';
import type { Engine, Exit, InstalledRegion } from '../machine/engine.ts';
import type { Hart } from '../machine/hart.ts';
import { HART, RAM_BASE, RAM_PHYSICAL_BASE } from '../machine/hart-layout.ts';
import type { Machine } from '../machine/machine.ts';
import type { Runner } from '../platform/runner.ts';
import type { ProfileData, ProfileFrame, RegionReport } from '../protocol.ts';
import { StackTree } from './stack-tree.ts';

const PAGE_BYTES = 4096;
const MAX_FRAMES = 48;
/** Between samples, at least. */
const SAMPLE_MS = 2;
/** The next one is taken within so long of the end of a slice. */
const WINDOW_MS = 0.2;
/** A frame's own size at most; a register that is no frame pointer points elsewhere, as a rule. */
const MAX_FRAME_BYTES = 1 << 20;
const TWO_32 = 2 ** 32;
const REGISTER = { RA: 1, SP: 2, FP: 8 } as const;

export class Profiler implements Runner {
  private readonly engine: Engine;
  private readonly kernel: Kernel;
  private readonly harts: ReadonlyMap<number, Hart>;
  private readonly words: Uint32Array;
  private readonly files = new Map<string, number>();
  /** Index among `files` by mapped file, for paths are long to tell. */
  private readonly fileIndices = new WeakMap<Dentry, number>();
  private readonly tree = new StackTree();
  private readonly samples: number[] = [];
  /** By physical address of the pc, in user mode. */
  private readonly places = new Map<number, { count: number; frame: ProfileFrame }>();
  private readonly deltasUs: number[] = [];
  /** Of the sample before. */
  private lastMs = performance.now();
  /** When the next one is taken; not yet known: Infinity. */
  private dueMs = Infinity;
  /** Since the sample before, and when the sleep began. */
  private sleptMs = 0;
  private sleepStartMs = 0;

  constructor(machine: Machine, kernel: Kernel) {
    this.engine = machine.engine;
    this.kernel = kernel;
    this.words = machine.memory.words;
    this.harts = new Map(machine.harts.map((hart) => [hart.state.block, hart]));
  }

  /** In the place of the engine's. */
  run(block: number): Exit {
    this.look(block, true);
    const exit = this.engine.run(block);
    this.look(block, false);
    return exit;
  }

  sliceEnded(): void {
    this.arm(performance.now());
  }

  sleeps(): void {
    this.sleepStartMs = performance.now();
  }

  slept(): void {
    const now = performance.now();
    this.sleptMs += now - this.sleepStartMs;
    this.arm(now);
  }

  private arm(now: number): void {
    if (this.dueMs === Infinity && now - this.lastMs >= SAMPLE_MS)
      this.dueMs = now + Math.random() * WINDOW_MS;
  }

  data(): ProfileData {
    const { tree, samples, deltasUs } = this;
    return { files: [...this.files.keys()], stacks: tree.stacks, samples, deltasUs };
  }

  /** `isKernel`: the time since the last look was the kernel's, or nobody's. */
  private look(block: number, isKernel: boolean): void {
    if (this.dueMs === Infinity) return;
    const now = performance.now();
    if (now < this.dueMs) return;
    const hart = this.harts.get(block);
    const task = hart && this.kernel.scheduler.running[hart.state.id];
    if (!hart || !task) return;
    const isIdle = this.sleptMs > (now - this.lastMs) / 2;
    const kind = isIdle ? 'idle' : isKernel ? 'kernel' : 'user';
    this.dueMs = Infinity;
    this.sleptMs = 0;
    const frames = kind === 'idle' ? [] : this.framesOf(hart, task);
    const { tid, name } = task;
    const of = { kind, pid: task.process.pid, tid, name } as const;
    this.samples.push(this.tree.indexOf(of, frames, toUnicode));
    if (kind === 'user') this.count(hart, task, frames[0]);
    this.deltasUs.push(Math.round((now - this.lastMs) * 1000));
    this.lastMs = now;
  }

  private count(hart: Hart, { process }: Task, frame: ProfileFrame | undefined): void {
    const pc = this.long(hart.state.block + HART.PC);
    const physical = process.addressSpace?.pageTable.lookup(pc, false) ?? -1;
    if (physical < 0 || frame === undefined) return;
    const place = this.places.get(physical) ?? { count: 0, frame };
    place.count++;
    this.places.set(physical, place);
  }

  /** The translated regions with the most samples in their code; code that is in several counts for each. */
  regions(most: number): RegionReport[] {
    const reports = (this.engine.regions?.() ?? []).map((region) => this.report(region));
    const total = ({ samples }: RegionReport): number =>
      samples.reduce((sum, [, count]) => sum + count, 0);
    const sampled = reports.filter(({ samples }) => samples.length > 0);
    return sampled.sort((a, b) => total(b) - total(a)).slice(0, most);
  }

  private report({ physicalAddress, covered, code, wasm, name }: InstalledRegion): RegionReport {
    const entry = physicalAddress % PAGE_BYTES;
    const page = physicalAddress - entry;
    const samples: [number, number][] = [];
    let place: ProfileFrame | undefined;
    for (const halfword of covered) {
      const found = this.places.get(page + halfword * 2);
      if (found === undefined) continue;
      samples.push([halfword, found.count]);
      place ??= { file: found.frame.file, at: found.frame.at + entry - halfword * 2 };
    }
    return { place, entry, code, covered, samples, wasm, name };
  }

  /** Where a task is, and whence it was called: guest paths and offsets, innermost first. */
  placesOf(hart: Hart, task: Task): { path: string; at: number }[] {
    const frames = this.framesOf(hart, task);
    const paths = [...this.files.keys()];
    return frames.map(({ file, at }) => ({ path: paths[file] ?? '', at }));
  }

  /** Innermost first: the pc, then return addresses along the frame pointers; without them that in ra. */
  private framesOf(hart: Hart, { process: { addressSpace } }: Task): ProfileFrame[] {
    if (!addressSpace) return [];
    const register = (number: number): number => this.long(hart.state.block + HART.X + 8 * number);
    const leaf = this.frameAt(addressSpace, this.long(hart.state.block + HART.PC), 0);
    if (leaf === undefined) return [];
    const frames = [leaf];
    let below = register(REGISTER.SP);
    let frame = register(REGISTER.FP);
    while (frames.length < MAX_FRAMES) {
      if (frame <= below || frame > below + MAX_FRAME_BYTES || frame % 16 !== 0) break;
      const caller = this.frameAt(addressSpace, this.read(addressSpace, frame - 8) ?? 0, 1);
      if (caller === undefined) break;
      frames.push(caller);
      below = frame;
      frame = this.read(addressSpace, frame - 16) ?? 0;
    }
    if (frames.length > 1) return frames;
    const caller = this.frameAt(addressSpace, register(REGISTER.RA), 1);
    return caller ? [leaf, caller] : frames;
  }

  /** `before`: bytes back from a return address into the call. */
  private frameAt(space: AddressSpace, address: number, before: number): ProfileFrame | undefined {
    const vma = space.vmas.find(address - before);
    if (vma === undefined || (vma.protection & PROT_EXEC) === 0) return undefined;
    const dentry = vma.file?.dentry;
    const file = dentry ? this.fileOf(dentry) : this.indexOf(vma.name || '[anonymous]');
    return { file, at: address - before - vma.start + (vma.file ? vma.offset : 0) };
  }

  private fileOf(dentry: Dentry): number {
    const known = this.fileIndices.get(dentry);
    if (known !== undefined) return known;
    const index = this.indexOf(toUnicode(pathOf(dentry, this.root)));
    this.fileIndices.set(dentry, index);
    return index;
  }

  private indexOf(name: string): number {
    const index = this.files.get(name) ?? this.files.size;
    this.files.set(name, index);
    return index;
  }

  private get root() {
    const { init } = this.kernel;
    if (!init) throw new Error('the kernel has not booted');
    return init.root;
  }

  /** A doubleword of a program's memory, where it is present. */
  private read(space: AddressSpace, address: number): number | undefined {
    if (address % 8 !== 0 || address <= 0) return undefined;
    const physical = space.vmas.find(address) ? space.pageTable.lookup(address, false) : -1;
    return physical < 0 ? undefined : this.long(physical - RAM_PHYSICAL_BASE + RAM_BASE);
  }

  private long(at: number): number {
    const low = this.words[at >>> 2] as number;
    return low + (this.words[(at >>> 2) + 1] as number) * TWO_32;
  }
}
