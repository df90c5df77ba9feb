/** The thread of one hart: its own view of the shared memory, and the loop that runs the hart as the specification says. */
import { SUPERVISOR_INTERRUPTS } from '../../isa/csr.ts';
import { type Extension, Isa } from '../../isa/extensions.ts';
import { Bus } from '../bus.ts';
import { CLINT_BYTES, Clint } from '../clint.ts';
import { HostClock, TIMEBASE_HZ } from '../clock.ts';
import { type Engine, type EngineCalls, Exit } from '../engine.ts';
import { admitHart, HSM_STATE, hsmState } from '../firmware/hsm.ts';
import { FrameUse } from '../frame-use.ts';
import { Hart } from '../hart.ts';
import { HartCalls } from '../hart-calls.ts';
import { HART } from '../hart-layout.ts';
import { HartRunner, SliceEnd, type TrapObserver } from '../hart-runner.ts';
import { HartState } from '../hart-state.ts';
import { PhysicalMemory, type SharedMemory } from '../memory.ts';
import { Mmu } from '../mmu.ts';
import { SliceLength } from '../slice.ts';
import { nextDeadline } from '../timers.ts';
import { serveUserExit } from '../user-exit.ts';
import { BOX, COMMAND, type Mailbox, REASON, REQUEST, STALE, THREAD_STATE } from './mailbox.ts';
import { Patience } from './patience.ts';
import { Peers } from './peers.ts';
import { RemoteBus } from './remote-bus.ts';
import { HartRequests } from './requests.ts';
import { ThreadFabric } from './thread-fabric.ts';

/** What a hart's thread is started with; all of it can be posted to another thread. */
export interface HartThreadConfig {
  readonly hart: number;
  readonly harts: number;
  /** The hart runs user mode only: every trap and interrupt is handed to the machine thread (HartThreads.takeReason). */
  readonly isUserOnly: boolean;
  readonly memory: SharedMemory;
  readonly maxSatpMode: number;
  readonly tracksCode: boolean;
  /** Of the harts' Isa. */
  readonly extensions: readonly Extension[];
  /** HostClock.epoch of the machine thread. */
  readonly clockEpoch: Float64Array;
  readonly clint: { readonly base: number; readonly registers: SharedArrayBuffer };
  /** The word that the machine thread sleeps on. */
  readonly doorbell: Int32Array;
  /** Takes the text of the error that ended a hart's thread: a length in 4 bytes, then UTF-8. */
  readonly failure: SharedArrayBuffer;
}

export interface HartThreadOptions {
  readonly config: HartThreadConfig;
  readonly createEngine: (memory: WebAssembly.Memory, calls: EngineCalls, isa: Isa) => Engine;
  /** Who sees exceptions before the guest does (MachineOptions.observers). */
  readonly observers?: (thread: HartThread) => readonly TrapObserver[];
}

const MS_PER_TICK = 1000 / TIMEBASE_HZ;
/** Instructions until finished translations are looked at: some milliseconds' worth. The machine thread keeps the time. */
const USER_BUDGET = 2_000_000;

export class HartThread {
  readonly memory: PhysicalMemory;
  readonly mmu: Mmu;
  readonly hart: Hart;
  readonly engine: Engine;
  readonly fabric: ThreadFabric;
  readonly bus: RemoteBus;
  private readonly clock: HostClock;
  private readonly clint: Clint;
  private readonly peers: Peers;
  private readonly box: Mailbox;
  private readonly runner: HartRunner;
  private readonly slices: SliceLength;
  private readonly failure: SharedArrayBuffer;
  private readonly isUserOnly: boolean;
  private readonly patience = new Patience();
  /** The guest runs: a slice is under way. */
  private isExecuting = false;
  private readonly isCommanded = (): boolean => this.box.load(BOX.COMMAND) !== COMMAND.PAUSE;

  constructor(options: HartThreadOptions) {
    const { config } = options;
    const { hart: id, tracksCode, doorbell } = config;
    const memory = new PhysicalMemory(config.memory, id);
    this.memory = memory;
    this.failure = config.failure;
    this.isUserOnly = config.isUserOnly;
    this.peers = new Peers(memory.wasm, id, config.harts, doorbell);
    this.box = this.peers.own;
    this.fabric = new ThreadFabric(memory, this.peers);
    this.clock = new HostClock(config.clockEpoch);
    this.clint = this.createClint(config);
    const local = new Bus();
    local.map(config.clint.base, CLINT_BYTES, this.clint);
    this.bus = new RemoteBus(this.peers, local);
    const isa = new Isa(new Set(config.extensions));
    const walks = { data: !tracksCode, code: false };
    this.hart = new Hart(memory, id, this.clock, config.maxSatpMode, isa, walks);
    this.mmu = new Mmu(memory);
    const frames = new FrameUse(memory, tracksCode, this.peers);
    const calls = new HartCalls(memory, this.bus, this.mmu, [this.hart], frames);
    this.engine = options.createEngine(memory.wasm, calls, isa);
    calls.points.marker = this.engine;
    memory.setCodeListener((page, threads) => this.peers.ask(threads, REQUEST.PAGE, page));
    this.peers.setHandler(new HartRequests(memory, this.hart, this.engine));
    const observers = options.observers?.(this) ?? [];
    this.runner = new HartRunner({ engine: this.engine, tracksCode, observers });
    this.slices = new SliceLength(this.clock, TIMEBASE_HZ);
  }

  private createClint({ harts, hart, clint }: HartThreadConfig): Clint {
    const { fabric } = this;
    const own = new HartState(this.memory, hart);
    const targets = Array.from({ length: harts }, (_unused, id) => ({
      setMip: (bits: number, isPending: boolean) => {
        if (id !== hart) {
          fabric.setPending(id, bits, isPending);
          return;
        }
        own.setMip(bits, isPending);
        // Between slices the hart looks before it goes on, and attention would keep it from that.
        if (isPending && this.isExecuting) fabric.wake(hart);
      },
    }));
    const onTimerChange = (id?: number): void => {
      for (let k = 0; k < harts; k++) if (id === undefined || id === k) fabric.wake(k);
    };
    return new Clint(this.clock, targets, onTimerChange, { registers: clint.registers, hart });
  }

  /** Until the machine ends; an error ends the machine. Returns whether all went well. */
  run(): boolean {
    try {
      this.obey();
      this.peers.leave(THREAD_STATE.ENDED);
      return true;
    } catch (error) {
      reportFailure(this.failure, error);
      this.peers.fail();
      return false;
    } finally {
      this.engine.close();
    }
  }

  private obey(): void {
    const { box, peers } = this;
    box.sleepsHere();
    box.store(BOX.STATE, THREAD_STATE.STANDING);
    for (;;) {
      const { rings } = box;
      const command = box.load(BOX.COMMAND);
      if (command === COMMAND.END) return;
      if (command === COMMAND.RUN) {
        const reason = this.isUserOnly ? this.runUser() : this.runGuest();
        peers.leave();
        // From here on the machine thread may let the hart run again.
        box.store(BOX.REASON, reason);
        peers.box(0).ring();
        if (this.isUserOnly) this.patience.look(this.isCommanded);
      } else {
        peers.serve();
        this.patience.sleep(() => box.sleep(rings, Infinity));
      }
    }
  }

  /** User mode, until a trap, an interrupt or another command. Returns a REASON. */
  private runUser(): number {
    const { box, peers, engine, hart } = this;
    const { state } = hart;
    for (;;) {
      peers.enter();
      this.refresh();
      if (box.load(BOX.COMMAND) !== COMMAND.RUN) return REASON.NONE;
      if ((state.mip & SUPERVISOR_INTERRUPTS) !== 0) return this.stop(REASON.INTERRUPT);
      state.setWord(HART.BUDGET, USER_BUDGET);
      const left = serveUserExit(engine.run(state.block), hart, engine);
      if (left === Exit.TRAP) {
        state.setWord(HART.RESERVATION, 0);
        return this.stop(REASON.TRAP);
      }
      if (left === Exit.BUDGET) engine.poll();
    }
  }

  private stop(reason: number): number {
    this.box.replace(BOX.COMMAND, COMMAND.RUN, COMMAND.PAUSE);
    return reason;
  }

  /** As the specification says, until another command. */
  private runGuest(): number {
    const { box, peers, hart } = this;
    for (;;) {
      peers.enter();
      this.refresh();
      if (box.load(BOX.COMMAND) !== COMMAND.RUN) return REASON.NONE;
      hart.updateTimer();
      this.clint.update();
      if (!admitHart(hart)) {
        this.wait(hsmState(this.memory, hart.state.id) === HSM_STATE.SUSPENDED);
        continue;
      }
      const budget = this.slices.next(this.clock.now(), nextDeadline(hart, this.clint));
      this.isExecuting = true;
      const end = this.runner.run(hart, budget);
      this.isExecuting = false;
      this.engine.poll();
      if (end === SliceEnd.BUDGET) {
        this.slices.ended(this.clock.now(), hart.state.word(HART.BUDGET) | 0);
      } else if (end === SliceEnd.WAITING) this.wait(true);
      else this.stop(REASON.NONE);
    }
  }

  /** Follow what others changed in the hart block. */
  private refresh(): void {
    const stale = this.box.take(BOX.STALE);
    if (stale === 0) return;
    if ((stale & STALE.BLOCK) !== 0) {
      this.hart.restored();
      this.engine.invalidateAll();
    } else this.hart.contextChanged();
  }

  /** Sleep until somebody wants this hart to look at its state; in wfi an interrupt ends that, too. */
  private wait(endsByInterrupt: boolean): void {
    const { box, peers, hart } = this;
    peers.leave();
    for (;;) {
      const { rings } = box;
      peers.serve();
      hart.updateTimer();
      this.clint.update();
      if (hart.state.word(HART.ATTENTION) !== 0) return;
      if (endsByInterrupt && hart.hasWakeup()) return;
      box.sleep(rings, (nextDeadline(hart, this.clint) - this.clock.now()) * MS_PER_TICK);
    }
  }
}

const LENGTH_BYTES = 4;

/** For the machine thread: why a hart's thread ended. A second failure of the same machine is not interesting. */
export function reportFailure(buffer: SharedArrayBuffer, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const length = new Int32Array(buffer, 0, 1);
  const bytes = new TextEncoder().encode(text).subarray(0, buffer.byteLength - LENGTH_BYTES);
  if (Atomics.compareExchange(length, 0, 0, bytes.length) !== 0) return;
  new Uint8Array(buffer, LENGTH_BYTES).set(bytes);
}

export function failureText(buffer: SharedArrayBuffer): string {
  const length = Atomics.load(new Int32Array(buffer, 0, 1), 0);
  return new TextDecoder().decode(new Uint8Array(buffer, LENGTH_BYTES, length).slice());
}
