/** Platform (platform.ts) on the RISC-V machine: user mode runs on the harts, every trap ends here as an event. */
import { MIP } from '../isa/csr.ts';
import { SATP_HIGH, SATP_MODE } from '../isa/sv39.ts';
import { CAUSE } from '../isa/trap.ts';
import { TIMEBASE_HZ } from '../machine/clock.ts';
import { BUS_ERROR } from '../machine/device.ts';
import { Exit } from '../machine/engine.ts';
import type { Hart } from '../machine/hart.ts';
import { HART } from '../machine/hart-layout.ts';
import { SLOT } from '../machine/hart-state.ts';
import type { Machine } from '../machine/machine.ts';
import { SliceLength } from '../machine/slice.ts';
import type { StateValue } from '../machine/state.ts';
import { StateFields } from '../machine/state-fields.ts';
import { serveUserExit } from '../machine/user-exit.ts';
import { BranchCounts } from './branch-counts.ts';
import { BUILT_IN_SBI } from './built-in-sbi.ts';
import { HartTimers } from './hart-timers.ts';
import {
  type BranchPlatform,
  CONTEXT,
  type Platform,
  type PlatformMemory,
  type Trap,
  type VectorPlatform,
} from './platform.ts';
import type { Riscv64Options } from './riscv64-options.ts';
import type { Runner } from './runner.ts';
import { TrapRecord } from './trap-record.ts';
import { enterUserMode } from './user-mode.ts';
import { VectorState } from './vector-state.ts';

/** What the kernel wants of a hart. */
const STOPPED = 0;
export const RUNNING = 1;
export const IDLE = 2;

/** Word indices in a hart block. */
const CAUSE_WORD = HART.CAUSE >>> 2;
const BUDGET_WORD = HART.BUDGET >>> 2;
const MIP_WORD = HART.MIP >>> 2;

const SLICE_PARTS = 3;
const TWO_32 = 0x1_0000_0000;
const PAGE_BYTES = 4096;
const INTERRUPTS = MIP.SSIP | MIP.STIP | MIP.SEIP;

export class Riscv64Platform implements Platform {
  readonly harts: number;
  readonly firmware = BUILT_IN_SBI;
  readonly memory: PlatformMemory;
  readonly deviceTree: Uint8Array;
  readonly timebaseHz = TIMEBASE_HZ;
  readonly vector: VectorPlatform | undefined;
  readonly branches: BranchPlatform;
  protected readonly machine: Machine;
  protected readonly satpMode: number;
  private readonly doorbell: Int32Array;
  private readonly pollHost: () => boolean;
  private readonly passIdle: Riscv64Options['passIdle'];
  /** In a thread that is others', too: how long there is nothing to do unless the doorbell rings; 0 while there is. */
  restsMs = 0;
  protected runner: Runner;
  protected readonly slices: SliceLength;
  protected readonly words: Uint32Array;
  /** Word index of each hart block in `words`. */
  protected readonly bases: readonly number[];
  private readonly views: readonly Uint32Array[];
  protected readonly wish: Uint8Array;
  private readonly timers: HartTimers;
  private readonly trap = new TrapRecord();
  protected readonly counters = { slices: 0, sleeps: 0, traps: 0, interrupts: 0 };
  /** The hart whose turn it is. */
  private current = 0;
  /** Until the clock is looked at: time passes in the kernel, too. */
  private trapsLeft: number;
  /** A timer was set or virtual time was charged: the budget no longer ends at the right instruction. */
  protected isReplanned = true;

  constructor(options: Riscv64Options) {
    const { machine } = options;
    this.machine = machine;
    this.harts = machine.harts.length;
    this.memory = machine.memory;
    this.deviceTree = machine.deviceTree;
    this.satpMode = options.satpMode ?? SATP_MODE.SV39;
    this.doorbell = options.doorbell;
    this.pollHost = options.pollHost ?? (() => false);
    this.passIdle = options.passIdle;
    this.runner = machine.engine;
    // Of several harts each has a slice in its turn.
    const parts = this.harts === 1 ? SLICE_PARTS : 1;
    this.slices = new SliceLength(machine.clock, TIMEBASE_HZ, parts);
    this.trapsLeft = this.slices.begin(machine.clock.now());
    this.words = machine.memory.words;
    this.bases = machine.harts.map(({ state }) => state.base);
    this.wish = new Uint8Array(this.harts);
    this.timers = new HartTimers(this.harts);
    this.views = machine.harts.map(
      ({ state }) => new Uint32Array(machine.memory.wasm.buffer, state.block, CONTEXT.WORDS),
    );
    this.branches = new BranchCounts(machine.harts);
    for (const hart of machine.harts) enterUserMode(hart);
    if (machine.harts[0]?.isa.has('v'))
      this.vector = new VectorState(machine.harts, machine.memory.wasm);
  }

  /** Who executes user code in the place of the engine: a debugger, a trace. For harts that take turns. */
  watch(runner: Runner): void {
    this.runner = runner;
  }

  registers(hart: number): Uint32Array {
    return this.views[hart] as Uint32Array;
  }

  setAddressSpace(hart: number, rootPhysicalAddress: number, asid: number): void {
    const h = this.machine.harts[hart] as Hart;
    const ppn = rootPhysicalAddress / PAGE_BYTES;
    const high = ((this.satpMode << SATP_HIGH.MODE_SHIFT) | (asid << SATP_HIGH.ASID_SHIFT)) >>> 0;
    if (h.state.low(SLOT.satp) === ppn && h.state.high(SLOT.satp) === high) return;
    h.state.set(SLOT.satp, ppn, high);
    h.contextChanged();
  }

  flushTlb(asid: number, virtualAddress?: number): void {
    for (const { banks } of this.machine.harts) {
      if (virtualAddress === undefined) banks.clearAsid(asid);
      else banks.clearPage(virtualAddress >>> 0, Math.floor(virtualAddress / TWO_32), asid);
    }
  }

  protectTlb(asid: number): void {
    for (const { banks } of this.machine.harts) banks.clearWritesOf(asid);
  }

  invalidateCode(physicalAddress: number): void {
    this.machine.memory.codeReplaced(physicalAddress, 1);
  }

  fenceI(): void {
    this.machine.engine.invalidateAll();
  }

  resume(hart: number): void {
    this.wish[hart] = RUNNING;
  }

  idle(hart: number): void {
    this.wish[hart] = IDLE;
  }

  sendIpi(hart: number): void {
    this.raise(hart, MIP.SSIP);
  }

  /** An interrupt of a hart becomes pending. */
  protected raise(hart: number, bit: number): void {
    this.machine.harts[hart]?.state.setMip(bit, true);
  }

  nextEvent(): Trap | undefined {
    const { machine, words } = this;
    const { engine } = machine;
    if (machine.powerOffStatus !== undefined) throw new Error('the machine is off');
    for (;;) {
      // Mostly it goes on.
      const hart = this.wish[this.current] === RUNNING ? this.current : this.choose();
      if (hart < 0) {
        this.sleep();
        if (this.restsMs > 0) return undefined;
        continue;
      }
      if (this.isReplanned) this.plan();
      const base = this.bases[hart] as number;
      const pending = this.pending(base);
      if (pending !== 0) return this.interrupt(hart, pending);
      // Only to take the interrupt was an idle hart chosen.
      if (this.wish[hart] === IDLE) continue;
      const exit = this.runner.run(base << 2);
      if (exit === Exit.TRAP && words[base + CAUSE_WORD] === CAUSE.ECALL_FROM_U)
        return this.exception(hart, base);
      const left = serveUserExit(exit, machine.harts[hart] as Hart, engine);
      if (left === Exit.TRAP) return this.exception(hart, base);
      if (left === Exit.BUDGET) this.budgetSpent();
      else if (this.restsMs > 0) return undefined;
    }
  }

  /** Attention is urgent, and comes with some budget left; what was only a part of a slice is followed by another. */
  private budgetSpent(): void {
    const left = (this.words[(this.bases[this.current] as number) + BUDGET_WORD] as number) | 0;
    if (left > 0 || !this.slices.goesOn(this.machine.clock.now(), left)) this.endSlice();
    else this.isReplanned = true;
  }

  time(): number {
    return this.machine.clock.now();
  }

  setTimer(hart: number, ticks: number): void {
    this.timers.set(hart, ticks);
    this.machine.harts[hart]?.state.setMip(MIP.STIP, false);
    this.isReplanned = true;
  }

  instret(hart: number): number {
    return this.machine.harts[hart]?.state.number(HART.INSTRET) ?? 0;
  }

  charge(ns: number): void {
    if (!this.machine.clock.isVirtual) return;
    this.machine.clock.charge(ns);
    this.isReplanned = true;
  }

  readMmio(physicalAddress: number, size: 1 | 2 | 4): number {
    const value = this.machine.bus.read(physicalAddress, size);
    if (value === BUS_ERROR) throw noDevice('read', physicalAddress);
    return value;
  }

  writeMmio(physicalAddress: number, size: 1 | 2 | 4, value: number): void {
    if (this.machine.bus.write(physicalAddress, size, value) === BUS_ERROR) {
      throw noDevice('write', physicalAddress);
    }
  }

  statistics(): Record<string, number> {
    return {
      instructions: this.machine.retired(),
      ...this.machine.engine.statistics(),
      ...this.counters,
      pageWalks: this.machine.pageWalks,
      mmioAccesses: this.machine.calls.mmioAccesses,
      ...this.runner.measured?.(),
    };
  }

  powerOff(status: number): void {
    this.machine.powerOff(status);
  }

  /** What the harts are to do next. */
  save(): StateValue {
    return {
      // Infinity: none.
      deadlines: this.timers.save(),
      wish: [...this.wish],
      budgets: this.bases.map((base) => (this.words[base + BUDGET_WORD] as number) | 0),
      current: this.current,
      trapsLeft: this.trapsLeft,
      isReplanned: this.isReplanned,
      counters: { ...this.counters },
    };
  }

  /** Between events, after the machine was restored. Throws an Error that says what does not fit. */
  restore(state: StateValue): void {
    const fields = new StateFields('platform', state);
    const { harts } = this;
    this.timers.restore(fields.numbers('deadlines', harts));
    this.wish.set(fields.numbers('wish', harts));
    for (const [hart, budget] of fields.numbers('budgets', harts).entries())
      this.words[(this.bases[hart] as number) + BUDGET_WORD] = budget;
    this.current = fields.index('current', harts - 1);
    this.trapsLeft = fields.number('trapsLeft');
    this.isReplanned = fields.boolean('isReplanned');
    const counters = new StateFields('platform', fields.value('counters'));
    for (const name of ['slices', 'sleeps', 'traps', 'interrupts'] as const)
      this.counters[name] = counters.number(name);
    if (!this.machine.clock.isVirtual) this.restart(this.machine.clock.now());
  }

  /** A hart to run or to interrupt, in turns; -1 when all sleep. */
  private choose(): number {
    for (let i = 0; i < this.harts; i++) {
      const hart = i === 0 ? this.current : (this.current + i) % this.harts;
      const wish = this.wish[hart];
      if (wish === RUNNING || (wish === IDLE && this.isInterrupted(hart))) {
        this.current = hart;
        return hart;
      }
    }
    return -1;
  }

  private isInterrupted(hart: number): boolean {
    return this.pending(this.bases[hart] as number) !== 0;
  }

  /** Interrupts of the hart whose block begins at word `base`. */
  protected pending(base: number): number {
    return (this.words[base + MIP_WORD] as number) & INTERRUPTS;
  }

  protected exception(hart: number, base: number): Trap {
    this.wish[hart] = STOPPED;
    this.counters.traps++;
    if (--this.trapsLeft <= 0) this.trapsServed();
    return this.trap.exception(hart, this.words, base);
  }

  protected interrupt(hart: number, pending: number): Trap {
    this.wish[hart] = STOPPED;
    this.counters.interrupts++;
    return this.trap.interrupt(hart, (this.machine.harts[hart] as Hart).state, pending);
  }

  /** The nearest timer of all harts. */
  protected deadline(): number {
    return this.timers.nearest();
  }

  /** Give the harts a budget that ends with the slice or at the nearest timer. */
  private plan(): void {
    const now = this.checkTimers();
    const budget = this.slices.next(now, Math.min(this.deadline(), this.machine.clock.alarm));
    for (const { state } of this.machine.harts) {
      state.setWord(HART.BUDGET, budget);
      state.setWord(HART.ATTENTION, 0);
    }
    this.isReplanned = false;
  }

  /** Raise the timer interrupts that are due, and those of devices that work in virtual time; returns the time. */
  protected checkTimers(): number {
    const { clock } = this.machine;
    const now = clock.now();
    if (now >= clock.alarm) this.machine.alarmRings();
    this.timers.ring(now, (hart) => this.raise(hart, MIP.STIP));
    return now;
  }

  private trapsServed(): void {
    this.trapsLeft = this.slices.look(this.machine.clock.now());
    if (this.trapsLeft === 0) this.endSlice();
  }

  /** A slice begins. */
  protected restart(now: number): void {
    this.trapsLeft = this.slices.begin(now);
  }

  protected endSlice(): void {
    this.counters.slices++;
    this.runner.sliceEnded?.();
    const left = this.words[(this.bases[this.current] as number) + BUDGET_WORD] as number;
    this.slices.ended(this.machine.clock.now(), left | 0);
    this.poll();
    this.restart(this.checkTimers());
    this.current = (this.current + 1) % this.harts;
    this.isReplanned = true;
  }

  protected poll(): void {
    this.machine.poll();
    if (this.pollHost()) this.raise(0, MIP.SSIP);
  }

  protected wait(rings: number, timeoutMs: number): void {
    Atomics.wait(this.doorbell, 0, rings, timeoutMs);
  }

  /** No hart has anything to do: wait for input or the nearest timer. */
  private sleep(): void {
    const { clock } = this.machine;
    this.isReplanned = true;
    this.runner.sleeps?.();
    // Read before looking for input: what comes after that changes the word, and the wait returns at once.
    const rings = Atomics.load(this.doorbell, 0);
    this.poll();
    for (let hart = 0; hart < this.harts; hart++) if (this.isInterrupted(hart)) return;
    const deadline = Math.min(this.deadline(), clock.alarm);
    if (clock.isVirtual && this.passIdle) {
      clock.advanceTo(this.passIdle(deadline, rings));
    } else if (clock.isVirtual && deadline !== Infinity) {
      clock.advanceTo(deadline);
    } else {
      const timeoutMs = ((deadline - clock.now()) / TIMEBASE_HZ) * 1000;
      this.counters.sleeps++;
      if (timeoutMs > 0) this.wait(rings, timeoutMs);
      if (this.restsMs > 0) return;
    }
    this.runner.slept?.();
    this.restart(this.checkTimers());
  }
}

function noDevice(access: string, physicalAddress: number): Error {
  return new Error(`bus error: ${access} at 0x${physicalAddress.toString(16)}`);
}
