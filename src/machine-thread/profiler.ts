/**
 * Samples what programs execute: between two slices or traps, when the main thread has counted a tick (of two milliseconds), who runs
 * and where it is. To read the clock at each trap would take longer than many a trap. The engine's slices end at pseudo-random
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
import type { Runner } from '../platform/riscv64.ts';
import {
  DOORBELL,
  type ProfileData,
  type ProfileFrame,
  type ProfileStack,
  type RegionReport,
} from '../protocol.ts';

const PAGE_BYTES = 4096;
const MAX_FRAMES = 48;
/** A frame's own size at most; a register that is no frame pointer points elsewhere, as a rule. */
const MAX_FRAME_BYTES = 1 << 20;
const TWO_32 = 2 ** 32;
const REGISTER = { RA: 1, SP: 2, FP: 8 } as const;

export class Profiler implements Runner {
  private readonly engine: Engine;
  private readonly kernel: Kernel;
  private readonly harts: ReadonlyMap<number, Hart>;
  private readonly words: Uint32Array;
  private readonly doorbell: Int32Array;
  private readonly files = new Map<string, number>();
  /** Index among `files` by mapped file, for paths are long to tell. */
  private readonly fileIndices = new WeakMap<Dentry, number>();
  /** Index of a stack by its text. */
  private readonly stackIndices = new Map<string, number>();
  private readonly stacks: ProfileStack[] = [];
  private readonly samples: number[] = [];
  /** By physical address of the pc, in user mode. */
  private readonly places = new Map<number, { count: number; frame: ProfileFrame }>();
  private readonly deltasUs: number[] = [];
  private ticks = 0;
  private lastMs = performance.now();
  private hasSlept = false;

  /** `doorbell`: protocol.ts, DOORBELL. */
  constructor(machine: Machine, kernel: Kernel, doorbell: Int32Array) {
    this.engine = machine.engine;
    this.kernel = kernel;
    this.words = machine.memory.words;
    this.doorbell = doorbell;
    this.harts = new Map(machine.harts.map((hart) => [hart.state.block, hart]));
  }

  /** In the place of the engine's. */
  run(block: number): Exit {
    this.look(block, true);
    const exit = this.engine.run(block);
    this.look(block, false);
    return exit;
  }

  slept(): void {
    this.hasSlept = true;
  }

  data(): ProfileData {
    const { stacks, samples, deltasUs } = this;
    return { files: [...this.files.keys()], stacks, samples, deltasUs };
  }

  /** `isKernel`: the time since the last look was the kernel's, or nobody's. */
  private look(block: number, isKernel: boolean): void {
    const ticks = this.doorbell[DOORBELL.TICKS] as number;
    if (ticks === this.ticks) return;
    this.ticks = ticks;
    const hart = this.harts.get(block);
    const task = hart && this.kernel.scheduler.running[hart.state.id];
    if (!hart || !task) return;
    const now = performance.now();
    const kind = this.hasSlept ? 'idle' : isKernel ? 'kernel' : 'user';
    this.hasSlept = false;
    const frames = kind === 'idle' ? [] : this.framesOf(hart, task);
    this.add(kind, task, frames);
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

  private add(kind: ProfileStack['kind'], task: Task, frames: ProfileFrame[]): void {
    const { process } = task;
    const names = [kind, process.pid, task.tid, toUnicode(task.name)];
    const key = [...names, ...frames.flatMap(({ file, at }) => [file, at])].join(' ');
    let index = this.stackIndices.get(key);
    if (index === undefined) {
      index = this.stacks.length;
      this.stackIndices.set(key, index);
      const name = toUnicode(task.name);
      this.stacks.push({ kind, pid: process.pid, tid: task.tid, name, frames });
    }
    this.samples.push(index);
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
