/** What the scheduler did, in a ring: for who draws it. The scheduler has one only while somebody looks. */
import type { Ns } from './clock.ts';
import type { Task } from './task.ts';

const CAPACITY = 8192;

export const SWITCH_KIND = { RUNS: 0, WAITS: 1 } as const;

export class SwitchRecorder {
  private readonly timesNs = new Float64Array(CAPACITY);
  private readonly kinds = new Uint8Array(CAPACITY);
  private readonly harts = new Uint8Array(CAPACITY);
  private readonly tids = new Int32Array(CAPACITY);
  private readonly seen = new Map<number, Task>();
  /** By hart: who runs there, maybe since before the last look. */
  private readonly running: (Task | undefined)[] = [];
  private count = 0;
  /** Events that were not kept. */
  private dropped = 0;

  /** Nobody: the hart is idle. */
  runs(task: Task | undefined, hart: number, nowNs: Ns): void {
    this.running[hart] = task;
    this.add(SWITCH_KIND.RUNS, task, hart, nowNs);
  }

  /** It can run, and another does. */
  waits(task: Task, hart: number, nowNs: Ns): void {
    this.add(SWITCH_KIND.WAITS, task, hart, nowNs);
  }

  private add(kind: number, task: Task | undefined, hart: number, nowNs: Ns): void {
    if (this.count === CAPACITY) {
      this.dropped++;
      return;
    }
    const at = this.count++;
    this.timesNs[at] = nowNs;
    this.kinds[at] = kind;
    this.harts[at] = hart;
    this.tids[at] = task?.tid ?? 0;
    if (task) this.seen.set(task.tid, task);
  }

  /** What there is since the last call. */
  take(): {
    timesNs: Float64Array;
    kinds: Uint8Array;
    harts: Uint8Array;
    tids: Int32Array;
    names: [number, string][];
    dropped: number;
  } {
    const { count, dropped } = this;
    // Names change with exec, also those of tasks that run on: they are asked for now.
    for (const task of this.running) if (task) this.seen.set(task.tid, task);
    const taken = {
      timesNs: this.timesNs.slice(0, count),
      kinds: this.kinds.slice(0, count),
      harts: this.harts.slice(0, count),
      tids: this.tids.slice(0, count),
      names: Array.from(this.seen, ([tid, { name }]): [number, string] => [tid, name]),
      dropped,
    };
    this.count = 0;
    this.dropped = 0;
    this.seen.clear();
    return taken;
  }
}
