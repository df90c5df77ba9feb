/** Streams of kernel events to the main thread: what nobody listens to is not observed, what nobody takes is not kept. */
import { errnoName } from '../abi/errno.ts';
import { signalName } from '../abi/signal.ts';
import { pathOf } from '../fs/path.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { FaultResult } from '../kernel/mm/fault.ts';
import { observer } from '../kernel/observer.ts';
import type { Process } from '../kernel/process.ts';
import { syscallName } from '../kernel/syscall.ts';
import { toUnicode } from '../lib/bytes.ts';
import { type Channel, log } from '../lib/log.ts';
import {
  DOORBELL,
  type EventKind,
  type EventsRequest,
  type PageFaultEvent,
  type ProcessEvent,
  type SystemEvent,
} from '../protocol.ts';
import type { HostPort } from './host-port.ts';

type OpenRequest = Extract<EventsRequest, { type: 'eventsOpen' }>;
const MAX_ERRNO = 4095;

const OUTCOMES: Readonly<Record<FaultResult, PageFaultEvent['outcome']>> = {
  [FaultResult.DONE]: 'mapped',
  [FaultResult.NOT_MAPPED]: 'SIGSEGV',
  [FaultResult.NOT_ALLOWED]: 'SIGSEGV',
  [FaultResult.BUS]: 'SIGBUS',
  [FaultResult.OUT_OF_MEMORY]: 'out of memory',
  [FaultResult.ASLEEP]: 'waiting for a disk',
};

/** Those that one listener gets. */
class Stream {
  readonly id: number;
  readonly kind: EventKind;
  readonly waits: boolean;
  /** Processes that it is about; undefined is all. */
  readonly pids: Set<number> | undefined;
  readonly hasChildren: boolean;
  /** What may still be sent. */
  room: number;
  items: SystemEvent[] = [];
  dropped = 0;

  constructor({ stream, kind, pid, hasChildren, room, waits }: OpenRequest) {
    this.id = stream;
    this.kind = kind;
    this.waits = waits;
    this.pids = pid === undefined ? undefined : new Set([pid]);
    this.hasChildren = hasChildren;
    this.room = room;
  }

  add(item: SystemEvent): void {
    if (this.room <= 0 && !this.waits) {
      this.dropped++;
      return;
    }
    this.room--;
    this.items.push(item);
  }
}

/** Of one kernel. */
export class EventStreams {
  private readonly kernel: Kernel;
  private readonly port: HostPort;
  private readonly streams = new Map<number, Stream>();
  /** Channels that a trace of the user's has on anyway. */
  private readonly traced: ReadonlySet<string>;
  private readonly sharesThread: boolean;

  constructor(kernel: Kernel, port: HostPort, trace: readonly string[], sharesThread: boolean) {
    this.kernel = kernel;
    this.port = port;
    this.traced = new Set(trace);
    this.sharesThread = sharesThread;
  }

  handle(request: EventsRequest): void {
    if (request.type === 'eventsTaken') {
      const stream = this.streams.get(request.stream);
      if (stream) stream.room += request.count;
      return;
    }
    if (request.type === 'eventsOpen') this.streams.set(request.stream, new Stream(request));
    else this.streams.delete(request.stream);
    this.observe();
  }

  /** Between events of the machine, and before the thread ends. Waits for listeners that want that, where the thread is its own. */
  flush(): void {
    if (this.streams.size === 0) return;
    for (const stream of this.streams.values()) this.send(stream);
  }

  /** Tells what has happened, too: whether a listener wants the machine to wait until it has taken some of that. */
  isHeldUp(): boolean {
    this.flush();
    for (const { waits, room } of this.streams.values()) if (waits && room <= 0) return true;
    return false;
  }

  /** In a thread that the machine shares: what it observes is observed in its turns only. */
  enter(): void {
    if (this.streams.size > 0) this.observe();
  }

  leave(): void {
    if (this.streams.size > 0) this.observeFor([]);
  }

  private send(stream: Stream): void {
    const { id, items, dropped } = stream;
    if (items.length === 0 && dropped === 0) return;
    stream.items = [];
    stream.dropped = 0;
    this.port.post({ type: 'events', stream: id, items, dropped });
    while (!this.sharesThread && stream.waits && stream.room <= 0 && this.streams.has(id)) {
      const rings = Atomics.load(this.port.doorbell, DOORBELL.REQUESTS);
      this.port.poll();
      if (stream.room <= 0 && this.streams.has(id))
        Atomics.wait(this.port.doorbell, DOORBELL.REQUESTS, rings);
    }
  }

  /** Observe what somebody listens to, and nothing else. */
  private observe(): void {
    this.observeFor([...this.streams.values()]);
  }

  private observeFor(streams: readonly Stream[]): void {
    const kinds = new Set(streams.map(({ kind }) => kind));
    const follows = streams.some(({ hasChildren }) => hasChildren);
    const has = (kind: EventKind) => kinds.has(kind);
    this.turn(log.channel('syscall'), has('syscall'));
    this.turn(log.channel('signal'), has('signal'));
    observer.call = has('syscall') ? (...call) => this.called(...call) : undefined;
    observer.signal = has('signal') ? (...signal) => this.signalled(...signal) : undefined;
    observer.fault = has('page-fault') ? (...fault) => this.faulted(...fault) : undefined;
    observer.log = has('log') ? (line) => this.give('log', undefined, { ...line }) : undefined;
    const isProcess = has('process');
    observer.forked = isProcess || follows ? (process) => this.forked(process) : undefined;
    observer.executed = isProcess ? (process) => this.executed(process) : undefined;
    observer.exited = isProcess || follows ? (process) => this.exited(process) : undefined;
  }

  private turn(channel: Channel, isWanted: boolean): void {
    channel.isOn = isWanted || this.traced.has(channel.name);
  }

  /** `process`: what it is about; undefined for all listeners. */
  private give(kind: EventKind, process: Process | undefined, item: SystemEvent): void {
    for (const stream of this.streams.values()) {
      if (stream.kind !== kind) continue;
      if (process && stream.pids?.has(process.pid) === false) continue;
      stream.add(item);
    }
  }

  private common({ pid, leader }: Process): { timeNs: number; pid: number; name: string } {
    return { timeNs: this.kernel.clock.monotonicNs(), pid, name: toUnicode(leader.name) };
  }

  private readonly called: NonNullable<typeof observer.call> = (task, text, result) => {
    const { process, tid, call } = task;
    this.give('syscall', process, {
      ...this.common(process),
      tid,
      call: syscallName(call.number),
      result,
      error: result < 0 && result >= -MAX_ERRNO ? errnoName(-result) : undefined,
      text: toUnicode(text),
    });
  };

  private readonly signalled: NonNullable<typeof observer.signal> = (process, signal, info) => {
    this.give('signal', process, {
      ...this.common(process),
      signal: signalName(signal),
      senderPid: info.pid,
    });
  };

  private readonly faulted: NonNullable<typeof observer.fault> = (
    task,
    address,
    access,
    result,
  ) => {
    const { process, tid } = task;
    const outcome = OUTCOMES[result];
    this.give('page-fault', process, { ...this.common(process), tid, address, access, outcome });
  };

  private forked(process: Process): void {
    const { pid, parent } = process;
    for (const { pids, hasChildren } of this.streams.values())
      if (hasChildren && parent && pids?.has(parent.pid)) pids.add(pid);
    this.tell(process, { action: 'fork' });
  }

  private executed(process: Process): void {
    const { executable } = process;
    const path = executable ? toUnicode(pathOf(executable, this.kernel.vfs.mounts.root)) : '';
    this.tell(process, { action: 'exec', path });
  }

  private exited(process: Process): void {
    const status = process.exitStatus;
    const signal = status & 0x7f;
    const end =
      signal === 0
        ? { exitCode: (status >> 8) & 0xff, signal: null }
        : { exitCode: null, signal: signalName(signal) };
    this.tell(process, { action: 'exit', ...end });
    // The number may become another's.
    for (const { pids, hasChildren } of this.streams.values())
      if (hasChildren) pids?.delete(process.pid);
  }

  private tell(
    process: Process,
    what:
      | { action: 'fork' }
      | { action: 'exec'; path: string }
      | { action: 'exit'; exitCode: number | null; signal: string | null },
  ): void {
    const parentPid = process.parent?.pid ?? 0;
    const item: ProcessEvent = { ...this.common(process), parentPid, ...what };
    this.give('process', process, item);
  }
}
