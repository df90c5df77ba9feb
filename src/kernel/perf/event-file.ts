/** A performance event, perf_event_open(2): counted for a thread and those that it makes, or for a hart. Linux: struct perf_event. */
import { EINVAL, ENOSPC, ENOTTY, fail } from '../../abi/errno.ts';
import { O_RDWR } from '../../abi/fcntl.ts';
import { ATTR, PERF_EVENT_IOC, PERF_FORMAT, PERF_IOC_FLAG_GROUP } from '../../abi/perf-event.ts';
import { POLLHUP } from '../../abi/poll.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { Result } from '../block.ts';
import type { Ns } from '../clock.ts';
import type { Kernel } from '../kernel.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';
import type { Source } from './counts.ts';
import { PerfPart } from './part.ts';

const WORD = 8;

export interface PerfEventOptions {
  /** Who made it: prctl(PR_TASK_PERF_EVENTS_DISABLE). */
  readonly owner: Task;
  readonly source: Source;
  /** ATTR.*: the lower word. */
  readonly flags: number;
  /** PERF_FORMAT.* */
  readonly readFormat: number;
  /** Of a hart where there is none. */
  readonly task: Task | undefined;
  readonly hart: number;
  readonly leader: PerfEvent | undefined;
}

interface Totals {
  count: number;
  enabledNs: Ns;
}

export class PerfEvent extends KernelFile {
  override readonly isStream = false;
  readonly options: PerfEventOptions;
  /** PERF_EVENT_IOC_ID: no two events have had the same. */
  readonly id: number;
  /** Itself where it has none. */
  leader: PerfEvent;
  /** Of a leader: the others of its group, in the order in which they came. */
  siblings: PerfEvent[] = [];
  readonly parts = new Map<Task | undefined, PerfPart>();
  private readonly kernel: Kernel;
  /** What children had that are gone, which a reset leaves. */
  private readonly gone: Totals = { count: 0, enabledNs: 0 };

  constructor(kernel: Kernel, options: PerfEventOptions) {
    super(kernel.vfs.anonymous.root, O_RDWR);
    this.kernel = kernel;
    this.options = options;
    this.id = ++kernel.perf.lastId;
    kernel.perf.events.add(this);
    this.leader = options.leader ?? this;
    options.leader?.siblings.push(this);
    this.attach(options.task, (options.flags & ATTR.DISABLED) === 0);
  }

  get isInherited(): boolean {
    return (this.options.flags & ATTR.INHERIT) !== 0;
  }

  /** Counts for the thread, too; before its group's leader has a part of it, it does not. */
  attach(task: Task | undefined, isOn: boolean): void {
    const { source, hart, flags } = this.options;
    const waitsForExec = (flags & ATTR.ENABLE_ON_EXEC) !== 0;
    const part = new PerfPart(this.kernel, source, task, hart, isOn, waitsForExec);
    this.parts.set(task, part);
    if (task) (task.perfEvents ??= new Set()).add(this);
    this.start(task);
  }

  /** The thread ends. */
  detach(task: Task): void {
    const part = this.parts.get(task);
    if (!part) return;
    part.settle(false);
    // Its own thread's stays, for those who read it.
    if (task === this.options.task) return;
    this.gone.count += part.count;
    this.gone.enabledNs += part.enabledNs;
    this.parts.delete(task);
  }

  /** A part counts while it and its leader's are enabled. */
  private start(task: Task | undefined): void {
    const { leader } = this;
    const isLeaderOn = leader.parts.get(task)?.isOn === true;
    for (const event of leader === this ? [this, ...this.siblings] : [this]) {
      const part = event.parts.get(task);
      part?.settle(isLeaderOn && part.isOn && task?.isAlive !== false);
    }
  }

  switch(isOn: boolean): void {
    for (const [task, part] of this.parts) {
      part.isOn = isOn;
      this.start(task);
    }
  }

  executed(task: Task): void {
    const part = this.parts.get(task);
    if (!part?.waitsForExec) return;
    part.waitsForExec = false;
    part.isOn = true;
    this.start(task);
  }

  private reset(): void {
    for (const part of this.parts.values()) {
      part.update();
      part.count = 0;
    }
  }

  private totals(): Totals {
    const totals = { ...this.gone };
    for (const part of this.parts.values()) {
      part.update();
      totals.count += part.count;
      totals.enabledNs += part.enabledNs;
    }
    return totals;
  }

  /** Throws ENOSPC when the values do not fit. */
  override read(buffer: IoBuffer): number {
    this.kernel.scheduler.catchUp();
    const values = this.values();
    if (buffer.length < values.length * WORD) throw fail(ENOSPC, 'performance event');
    const bytes = new Uint8Array(values.length * WORD);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => {
      view.setBigUint64(i * WORD, BigInt(Math.floor(value)), true);
    });
    buffer.copyIn(bytes, 0);
    return bytes.length;
  }

  private values(): number[] {
    const { readFormat } = this.options;
    const has = (format: number): boolean => (readFormat & format) !== 0;
    const times = ({ enabledNs }: Totals): number[] => [
      ...(has(PERF_FORMAT.TOTAL_TIME_ENABLED) ? [enabledNs] : []),
      // No event waits for a counter to be free.
      ...(has(PERF_FORMAT.TOTAL_TIME_RUNNING) ? [enabledNs] : []),
    ];
    const own = ({ id }: PerfEvent): number[] => [
      ...(has(PERF_FORMAT.ID) ? [id] : []),
      ...(has(PERF_FORMAT.LOST) ? [0] : []),
    ];
    if (!has(PERF_FORMAT.GROUP)) {
      const totals = this.totals();
      return [totals.count, ...times(totals), ...own(this)];
    }
    const { leader } = this;
    const counts = [leader, ...leader.siblings].map((event) => [
      event.totals().count,
      ...own(event),
    ]);
    return [counts.length, ...times(leader.totals()), ...counts.flat()];
  }

  /** Without a buffer for samples there is nothing to wait for. */
  poll(): number {
    return POLLHUP;
  }

  /** Throws EINVAL, ENOTTY. */
  override ioctl(task: Task, request: number, argument: number): Result {
    this.kernel.scheduler.catchUp();
    const { leader } = this;
    const isForGroup = (argument & PERF_IOC_FLAG_GROUP) !== 0;
    const events = isForGroup ? [leader, ...leader.siblings] : [this];
    switch (request >>> 0) {
      case PERF_EVENT_IOC.ENABLE:
      case PERF_EVENT_IOC.DISABLE:
        for (const event of events) event.switch(request === PERF_EVENT_IOC.ENABLE);
        return 0;
      case PERF_EVENT_IOC.RESET:
        for (const event of events) event.reset();
        return 0;
      case PERF_EVENT_IOC.ID:
        task.memory.writeU64(argument, this.id);
        return 0;
      case PERF_EVENT_IOC.REFRESH:
      case PERF_EVENT_IOC.PERIOD:
      case PERF_EVENT_IOC.SET_OUTPUT:
      case PERF_EVENT_IOC.SET_FILTER:
      case PERF_EVENT_IOC.SET_BPF:
      case PERF_EVENT_IOC.PAUSE_OUTPUT:
        throw fail(EINVAL, 'the event has no samples');
      default:
        throw fail(ENOTTY, 'no such ioctl');
    }
  }

  /** The others of its group count on alone. */
  override release(): void {
    for (const [task, part] of this.parts) {
      part.settle(false);
      task?.perfEvents?.delete(this);
    }
    this.leader.siblings = this.leader.siblings.filter((event) => event !== this);
    for (const event of this.siblings) {
      event.leader = event;
      for (const task of event.parts.keys()) event.start(task);
    }
    this.siblings = [];
    this.kernel.perf.events.delete(this);
    super.release();
  }

  override describe(): string {
    return 'anon_inode:[perf_event]';
  }
}
