/** Where the host's requests come in, and when: at once, or where a run that is to repeat can take them. */
import type { Scheduler } from '../../kernel/scheduler.ts';
import { type Clock, TIMEBASE_HZ } from '../../machine/clock.ts';
import { DOORBELL, type Request } from '../../protocol.ts';
import type { HostPort } from '../host-port.ts';

export interface GateState {
  readonly hasBegun: boolean;
  /** Ticks. */
  readonly quietAt: number;
}

export interface RequestGate {
  /** Between events: whether take() gives something. Cheap when it does not. */
  poll(): boolean;
  take(): Request | undefined;
  /** At the end of a slice, and before the machine sleeps: whether an interrupt shall bring the kernel here. */
  isRung(): boolean;
  /** Where it stands, of a run that repeats: for a snapshot. */
  state?: GateState;
  /** Set by whoever knows. */
  isAwaited?: () => boolean;
  /** Riscv64Options.passIdle. */
  readonly passIdle?: ((deadline: number, rings: number) => number) | undefined;
}

/** As they come. */
export class OpenGate implements RequestGate {
  private readonly port: HostPort;

  constructor(port: HostPort) {
    this.port = port;
  }

  poll(): boolean {
    return this.port.poll();
  }

  take(): Request | undefined {
    return this.port.take();
  }

  isRung(): boolean {
    return this.port.poll();
  }
}

/** The guest does not notice them: they are taken at any time. */
export const UNNOTICED: ReadonlySet<Request['type']> = new Set([
  'view',
  'profile',
  'regions',
  'deviceList',
  'endRecording',
  'snapshot',
]);
/** A machine that is always busy takes one after so much virtual time all the same, and the first one after so much. */
const TICKS_PER_MS = TIMEBASE_HZ / 1000;
const PATIENCE_TICKS = TIMEBASE_HZ / 50;
const FIRST_PATIENCE_TICKS = 10 * TIMEBASE_HZ;

/**
 * One at a time, and only when the guest has nothing to do: then it does not matter when the host sends them. The clock stands still
 * while nobody out there waits for the guest: before the first one, and between two.
 */
export class OrderedGate implements RequestGate {
  private readonly port: HostPort;
  private readonly scheduler: () => Scheduler | undefined;
  private readonly clock: () => Clock | undefined;
  private hasBegun = false;
  /** The host waits for something that the guest does, or watches it: then time passes for a guest that sleeps. */
  isAwaited: () => boolean = () => true;
  /** When the guest last had nothing to do, or was interrupted all the same. */
  private quietAt = 0;

  /** What is given by functions is made after this. */
  constructor(
    port: HostPort,
    scheduler: () => Scheduler | undefined,
    clock: () => Clock | undefined,
  ) {
    this.port = port;
    this.scheduler = scheduler;
    this.clock = clock;
  }

  poll(): boolean {
    return this.port.poll() && this.mayTake();
  }

  take(): Request | undefined {
    const { first } = this.port;
    if (first === undefined || !this.mayTake()) return undefined;
    if (!UNNOTICED.has(first.type)) {
      this.hasBegun = true;
      this.quietAt = this.now();
    }
    return this.port.take();
  }

  get state(): GateState {
    const { hasBegun, quietAt } = this;
    return { hasBegun, quietAt };
  }

  set state({ hasBegun, quietAt }: GateState) {
    this.hasBegun = hasBegun;
    this.quietAt = quietAt;
  }

  isRung(): boolean {
    if (this.isQuiet()) this.quietAt = this.now();
    return this.poll();
  }

  passIdle(deadline: number, rings: number): number {
    const passes = this.hasBegun && this.isAwaited();
    if (passes && deadline !== Number.POSITIVE_INFINITY) return deadline;
    Atomics.wait(this.port.doorbell, DOORBELL.REQUESTS, rings);
    return 0;
  }

  private mayTake(): boolean {
    const { first } = this.port;
    if (first === undefined) return false;
    if (UNNOTICED.has(first.type) || this.isQuiet()) return true;
    const patience = this.hasBegun ? PATIENCE_TICKS : FIRST_PATIENCE_TICKS;
    return this.now() - this.quietAt >= patience;
  }

  private isQuiet(): boolean {
    return this.scheduler()?.runnable === 0;
  }

  private now(): number {
    return this.clock()?.now() ?? 0;
  }
}

/** As they come, and time passes while the guest sleeps as it does outside: a run that is recorded as it really is. */
export class PacedGate extends OpenGate {
  private readonly doorbell: Int32Array;
  private readonly clock: () => Clock | undefined;

  constructor(port: HostPort, clock: () => Clock | undefined) {
    super(port);
    this.doorbell = port.doorbell;
    this.clock = clock;
  }

  passIdle(deadline: number, rings: number): number {
    const now = this.clock()?.now() ?? 0;
    const startMs = performance.now();
    const waitMs = (deadline - now) / TICKS_PER_MS;
    const outcome = Atomics.wait(this.doorbell, DOORBELL.REQUESTS, rings, waitMs);
    if (outcome === 'timed-out') return deadline;
    const passed = Math.floor((performance.now() - startMs) * TICKS_PER_MS);
    return Math.min(deadline, now + passed);
  }
}
