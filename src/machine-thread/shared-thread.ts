/**
 * A thread that several machines run in, by turns: twins, which share the code's memory so, and find it warm. It sleeps on one doorbell,
 * until it rings or the soonest of their timers is due. One that ends, however, leaves the others as they are.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { StateFields } from '../machine/state-fields.ts';
import {
  DOORBELL,
  type MachineOptions,
  type SharedThreadOptions,
  type SharedThreadRequest,
} from '../protocol.ts';
import { ExpectedTwin } from './direct-parts.ts';
import { HostPort } from './host-port.ts';
import type { MachineRun } from './machine-run.ts';
import { PreparedMachine } from './prepared-machine.ts';
import { type Spare, startMachine } from './run.ts';
import { optionsAsSaved } from './snapshot.ts';
import { rehearse } from './spare.ts';

/** What a machine may run while others wait. */
const TURN_MS = 2;
/** Without anything to do, before the next machine is prepared: not where it would be in somebody's way. */
const QUIET_MS = 20;
/** A root image by a number that means another file later. */
const DESCRIPTORS = '/dev/fd/';

interface Member {
  readonly run: MachineRun;
  readonly port: HostPort;
  /** performance.now() from which on it has something to do. */
  dueMs: number;
}

/** Never returns: the thread is terminated. `isFirst`: called with the port of the first machine. */
export function runShared(
  { doorbell, rehearsal }: SharedThreadOptions,
  port: MessagePort,
  isFirst: (port: HostPort) => void,
): void {
  new SharedThread(port, doorbell, isFirst).run(rehearsal);
}

class SharedThread {
  private readonly port: MessagePort;
  private readonly doorbell: Int32Array;
  private isFirst: (port: HostPort) => void;
  private readonly members = new Map<number, Member>();
  /** Twins whose parts are on their way. */
  private readonly expected = new Map<number, ExpectedTwin>();
  /** Value of the doorbell when all were last looked at. */
  private seen = 0;
  /** Of the machine whose turn it is. */
  private current: Member | undefined;
  private turnEndsMs = 0;
  /** For the next twin. */
  private prepared: PreparedMachine | undefined;
  /** What twins are made from, as a rule. */
  private likely: MachineOptions | undefined;

  constructor(port: MessagePort, doorbell: Int32Array, isFirst: (port: HostPort) => void) {
    this.port = port;
    this.doorbell = doorbell;
    this.isFirst = isFirst;
  }

  run(rehearsal: MachineOptions | undefined): never {
    if (rehearsal) {
      this.prepared = rehearse(rehearsal, new HostPort(undefined, this.doorbell), this);
      this.likely = this.prepared?.options;
    }
    for (;;) {
      const rings = Atomics.load(this.doorbell, DOORBELL.REQUESTS);
      const isRung = rings !== this.seen;
      this.seen = rings;
      if (isRung) this.takeRequests();
      const now = performance.now();
      for (const [number, member] of this.members)
        if (isRung || member.dueMs <= now) this.take(number, member);
      this.tellAwake();
      this.sleep(rings);
    }
  }

  /** Of the machine that runs. */
  isOver(): boolean {
    if (Atomics.load(this.doorbell, DOORBELL.REQUESTS) !== this.seen) return true;
    if (this.members.size < 2) return false;
    const now = performance.now();
    return now >= this.turnEndsMs && this.soonest(this.current) <= now;
  }

  private takeRequests(): void {
    for (;;) {
      const message = receiveMessageOnPort(this.port);
      if (!message) break;
      const request = message.message as SharedThreadRequest;
      if (request.type === 'begin') this.begin(request);
      else this.end(request.machine);
    }
    for (const [machine, twin] of this.expected) this.poll(machine, twin);
  }

  private begin({ machine, port, options }: Extract<SharedThreadRequest, { type: 'begin' }>): void {
    const { restore } = options;
    if (restore?.kind === 'direct') {
      this.expected.set(machine, new ExpectedTwin(port, options, restore.port));
      // While the parent saves what is to come.
      if (!this.prepared && this.likely) this.prepare(this.likely, true);
    } else this.start(machine, port, options, this.spare());
  }

  private poll(machine: number, twin: ExpectedTwin): void {
    const { line, options } = twin;
    const come = twin.poll((described) => {
      const fields = new StateFields('snapshot', described);
      const isLike = this.prepared?.isOf(optionsAsSaved(fields, options));
      return isLike ? this.spare()?.machine : undefined;
    });
    if (!come) return;
    this.expected.delete(machine);
    const { parts, filled } = come;
    const spare = filled ? { machine: filled, isFilled: true } : this.spare();
    this.start(machine, line, { ...options, restore: { kind: 'twin', parts } }, spare);
  }

  private spare(): Spare | undefined {
    const { prepared } = this;
    this.prepared = undefined;
    return prepared && { machine: prepared, isFilled: false };
  }

  private start(
    machine: number,
    port: MessagePort,
    options: MachineOptions,
    spare: Spare | undefined,
  ): void {
    const own = spare?.machine.port ?? new HostPort(undefined, this.doorbell);
    own.connect(port);
    this.isFirst(own);
    this.isFirst = () => undefined;
    try {
      const run = startMachine(options, own, spare, this);
      if (run) {
        this.members.set(machine, { run, port: own, dueMs: 0 });
        const { rootImage } = run.options;
        this.likely = rootImage.startsWith(DESCRIPTORS) ? undefined : run.options;
        return;
      }
    } catch (error) {
      fail(own, error);
    }
    dismiss(own);
  }

  private end(machine: number): void {
    const twin = this.expected.get(machine);
    if (twin) this.forget(machine, twin);
    const member = this.members.get(machine);
    if (!member) return;
    this.members.delete(machine);
    member.run.close();
    dismiss(member.port);
  }

  /** It does not come. */
  private forget(machine: number, twin: ExpectedTwin): void {
    this.expected.delete(machine);
    twin.close();
    const port = new HostPort(undefined, this.doorbell);
    port.connect(twin.line);
    dismiss(port);
  }

  private take(number: number, member: Member): void {
    this.current = member;
    this.turnEndsMs = performance.now() + TURN_MS;
    let goesOn = false;
    try {
      goesOn = member.run.turn();
    } catch (error) {
      fail(member.port, error);
    }
    this.current = undefined;
    member.dueMs = performance.now() + (goesOn ? member.run.restsMs : 0);
    if (goesOn) return;
    this.members.delete(number);
    dismiss(member.port);
  }

  /** performance.now() at which one of them has something to do. */
  private soonest(besides: Member | undefined): number {
    let soonest = Number.POSITIVE_INFINITY;
    for (const member of this.members.values())
      if (member !== besides) soonest = Math.min(soonest, member.dueMs);
    return soonest;
  }

  private tellAwake(): void {
    const now = performance.now();
    let awake = 0;
    for (const { dueMs } of this.members.values()) if (dueMs <= now) awake++;
    Atomics.store(this.doorbell, DOORBELL.AWAKE, awake);
  }

  private sleep(rings: number): void {
    const waitMs = this.soonest(undefined) - performance.now();
    if (waitMs <= 0) return;
    const { likely, prepared } = this;
    const prepares = likely !== undefined && prepared === undefined && waitMs > QUIET_MS;
    const outcome = Atomics.wait(
      this.doorbell,
      DOORBELL.REQUESTS,
      rings,
      prepares ? QUIET_MS : waitMs,
    );
    // What is left of those before is best collected now.
    if (prepares && outcome === 'timed-out') this.prepare(likely, false);
  }

  private prepare(options: MachineOptions, isAwaited: boolean): void {
    try {
      const port = new HostPort(undefined, this.doorbell);
      this.prepared = new PreparedMachine(options, port, this, isAwaited);
    } catch {
      // The root image may be gone; whoever asks for the next twin is told.
      this.likely = undefined;
    }
  }
}

function fail(port: HostPort, error: unknown): void {
  const report = error instanceof Error ? (error.stack ?? error.message) : String(error);
  port.post({ type: 'panic', report });
}

function dismiss(port: HostPort): void {
  port.post({ type: 'gone' });
  port.close();
}
