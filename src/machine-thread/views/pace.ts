/**
 * Pause, single step and slow motion. Stands before the engine while the machine is not at full speed, and holds it between two
 * instructions; the host's requests are served there. Translations are passed by: steps are the interpreter's. The guest's clocks
 * run only while it executes, so it does not notice.
 */
import { CAUSE, causeName } from '../../isa/trap.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { type Engine, Exit } from '../../machine/engine.ts';
import { HART } from '../../machine/hart-layout.ts';
import type { HartState } from '../../machine/hart-state.ts';
import type { Machine } from '../../machine/machine.ts';
import type { Riscv64Platform } from '../../platform/riscv64.ts';
import type { Runner } from '../../platform/runner.ts';
import type { Pace as Wanted } from '../../protocol.ts';
import { DOORBELL } from '../../protocol.ts';
import { RequestError } from '../request-error.ts';

export const MOST_PER_SECOND = 1_000_000;
/** Between looks at the devices and the host in slow motion. */
const SLICE_MS = 20;
const A7 = HART.X + 8 * 17;

export interface PaceParts {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly platform: Riscv64Platform;
  readonly doorbell: Int32Array;
  /** Who runs the engine at full speed; undefined where that cannot be changed: a debugger or a trace has the harts. */
  readonly runner: Runner | undefined;
  /** The machine rests where it would wait here otherwise. */
  readonly sharesThread: boolean;
  /** Serves the host's requests. */
  readonly serve: () => void;
  /** An instruction at `pc` is about to be stepped. */
  readonly stepping: (pc: number) => void;
}

export class Pace implements Runner {
  private readonly parts: PaceParts;
  private readonly engine: Engine;
  private readonly first: HartState;
  private wanted: Wanted = { kind: 'run' };
  /** Single steps that are to be made: each that was asked for. */
  private steps = 0;
  private isHeld = false;
  /** In slow motion: performance.now() at which the next instruction is due, and the slice ends. */
  private dueMs = 0;
  private sliceMs = 0;
  /** The trap that a step ended with, in words; '' for none. */
  event = '';

  constructor(parts: PaceParts) {
    this.parts = parts;
    this.engine = parts.machine.engine;
    const [hart] = parts.machine.harts;
    if (!hart) throw new Error('the machine has no hart');
    this.first = hart.state;
  }

  get current(): Wanted {
    return this.wanted;
  }

  /** Throws RequestError. */
  set(wanted: Wanted): void {
    const { machine, platform, runner } = this.parts;
    if (!runner)
      throw new RequestError('pace: a debugger or a trace has the harts of this machine');
    const isThreaded = machine.threads !== undefined;
    if (isThreaded && wanted.kind !== 'run' && wanted.kind !== 'pause') {
      throw new RequestError(
        'pace: harts with threads of their own can be paused, not stepped; boot with one',
      );
    }
    if (
      wanted.kind === 'slow' &&
      !(wanted.perSecond >= 0.1 && wanted.perSecond <= MOST_PER_SECOND)
    ) {
      throw new RequestError(`pace: ${wanted.perSecond} is outside 0.1 to ${MOST_PER_SECOND}`);
    }
    this.steps = wanted.kind === 'instruction' ? this.steps + 1 : 0;
    this.wanted = wanted;
    this.event = '';
    this.dueMs = performance.now();
    this.sliceMs = this.dueMs + SLICE_MS;
    if (wanted.kind === 'run') {
      machine.clock.resume();
      platform.watch(runner);
    } else {
      machine.clock.pause();
      platform.watch(this);
    }
  }

  /** Requests were served between events: a machine whose harts have threads of their own is held here. */
  served(): void {
    const { machine } = this.parts;
    if (machine.threads === undefined || this.wanted.kind !== 'pause' || this.isHeld) return;
    machine.pause();
    this.hold();
    machine.resume();
  }

  /** In the place of the engine's. */
  run(block: number): Exit {
    switch (this.wanted.kind) {
      case 'run':
        return this.engine.run(block);
      case 'pause':
        this.hold();
        return Exit.SYSTEM;
      case 'instruction': {
        const exit = this.step(block);
        if (--this.steps <= 0) this.wanted = { kind: 'pause' };
        return exit === Exit.BUDGET ? Exit.SYSTEM : exit;
      }
      case 'call':
        return this.runToCall(block);
      case 'slow':
        return this.runSlowly(block, 1000 / this.wanted.perSecond);
    }
  }

  /** There is nothing to run: time passes as ever, unless the machine is paused. */
  sleeps(): void {
    if (this.wanted.kind === 'pause') this.hold();
    if (this.wanted.kind !== 'pause') this.parts.machine.clock.resume();
  }

  slept(): void {
    if (this.wanted.kind !== 'run') this.parts.machine.clock.pause();
  }

  /** Until the host wants something else. */
  private hold(): void {
    const { kernel, doorbell, platform, sharesThread } = this.parts;
    if (sharesThread) {
      platform.restsMs = Number.POSITIVE_INFINITY;
      return;
    }
    this.isHeld = true;
    while (this.wanted.kind === 'pause' && !kernel.poweredOff) {
      const rings = Atomics.load(doorbell, DOORBELL.REQUESTS);
      this.serve();
      if (this.wanted.kind === 'pause' && !kernel.poweredOff)
        Atomics.wait(doorbell, DOORBELL.REQUESTS, rings);
    }
    this.isHeld = false;
  }

  /** The kernel is told: tasks may have been woken. */
  private serve(): void {
    const { kernel, platform, serve } = this.parts;
    kernel.scheduler.serveHost();
    serve();
    platform.sendIpi(0);
  }

  private step(block: number): Exit {
    const { machine, stepping } = this.parts;
    stepping(this.first.number(HART.PC));
    machine.clock.resume();
    const exit = this.engine.step(block);
    machine.clock.pause();
    this.event = exit === Exit.TRAP ? this.describeTrap() : '';
    return exit;
  }

  private describeTrap(): string {
    const cause = this.first.word(HART.CAUSE);
    if (cause !== CAUSE.ECALL_FROM_U) return causeName(cause);
    return `system call ${this.parts.kernel.syscallName(this.first.word(A7))}`;
  }

  private runToCall(block: number): Exit {
    const { clock } = this.parts.machine;
    clock.resume();
    const exit = this.engine.run(block);
    clock.pause();
    if (exit === Exit.TRAP && this.first.word(HART.CAUSE) === CAUSE.ECALL_FROM_U) {
      this.event = this.describeTrap();
      this.wanted = { kind: 'pause' };
    }
    return exit;
  }

  /** As many instructions as are due, or a wait until one is. */
  private runSlowly(block: number, intervalMs: number): Exit {
    const { doorbell, platform, sharesThread } = this.parts;
    const now = performance.now();
    if (now >= this.sliceMs) {
      this.sliceMs = now + SLICE_MS;
      // Some is left: else the slice would go on until it is over by the guest's clock, seconds later, and nobody be served.
      this.first.setWord(HART.BUDGET, 1);
      return Exit.BUDGET;
    }
    if (now < this.dueMs) {
      const rings = Atomics.load(doorbell, DOORBELL.REQUESTS);
      const untilMs = Math.min(this.dueMs, this.sliceMs);
      if (sharesThread) platform.restsMs = untilMs - now;
      else Atomics.wait(doorbell, DOORBELL.REQUESTS, rings, untilMs - now);
      return Exit.SYSTEM;
    }
    // What was late because the kernel took long is not made up for.
    this.dueMs = Math.max(this.dueMs + intervalMs, now - SLICE_MS);
    const exit = this.step(block);
    return exit === Exit.BUDGET ? Exit.SYSTEM : exit;
  }
}
