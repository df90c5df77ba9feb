/**
 * Schedules that are looked for, in the place of fair ones: `hartix explore`. Random: preemption at random instructions, anyone is next. PCT
 * (Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010): random priorities, which
 * change at a few random instructions; a bug that needs so many orderings is found with a probability that does not depend on luck alone.
 */
import { Random } from './random.ts';
import type { Task } from './task.ts';

export interface SchedulePolicy {
  /** Instructions of the explored programs until the next point(); at least 1. */
  untilPoint(): number;
  /** The point has come, before the running task's next instruction. */
  point(running: Task): void;
  /** Whether the running task goes on though others wait. */
  mayGoOn(running: Task, waiting: readonly Task[]): boolean;
  /** Whether a task that was woken goes before the running one. */
  preempts(woken: Task, running: Task): boolean;
  /** Who is next of at least one. */
  choose(waiting: readonly Task[]): Task;
}

/** A schedule that nobody can make; the message says why. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

/** Mean numbers of instructions between preemptions: 2^3 to 2^12, one for each run. */
const LEAST_MEAN_EXPONENT = 3;
const MEAN_EXPONENTS = 10;
const DEFAULT_DEPTH = 3;
const DEFAULT_LENGTH = 1_000_000;
const MAX_DEPTH = 100;

/** `random:SEED` or `pct:SEED[:DEPTH[:LENGTH]]`. Throws ScheduleError. */
export function parseSchedule(text: string): SchedulePolicy {
  const [strategy = '', ...words] = text.split(':');
  const numbers = words.map((word) => {
    if (!/^\d{1,15}$/.test(word))
      throw new ScheduleError(`schedule '${text}': '${word}' is no number`);
    return Number(word);
  });
  const [seed, depth = DEFAULT_DEPTH, length = DEFAULT_LENGTH, ...more] = numbers;
  const isRandom = strategy === 'random' && numbers.length === 1;
  if (seed === undefined || more.length > 0 || (strategy !== 'pct' && !isRandom))
    throw new ScheduleError(`schedule '${text}': write random:SEED or pct:SEED:DEPTH:LENGTH`);
  if (depth < 1 || depth > MAX_DEPTH || length < 1)
    throw new ScheduleError(
      `schedule '${text}': the depth is 1 to ${MAX_DEPTH}, the length at least 1`,
    );
  const random = new Random(new TextEncoder().encode(`schedule ${seed}`));
  return isRandom ? new RandomPolicy(random) : new PctPolicy(random, depth, length);
}

class RandomPolicy implements SchedulePolicy {
  private readonly random: Random;
  private readonly mean: number;
  private isPoint = false;

  constructor(random: Random) {
    this.random = random;
    this.mean = 2 ** (LEAST_MEAN_EXPONENT + random.below(MEAN_EXPONENTS));
  }

  untilPoint(): number {
    const share = (this.random.word() + 1) / 2 ** 32;
    return 1 + Math.floor(-Math.log(share) * this.mean);
  }

  point(): void {
    this.isPoint = true;
  }

  mayGoOn(): boolean {
    const { isPoint } = this;
    this.isPoint = false;
    return !isPoint && this.random.below(2) === 0;
  }

  preempts(): boolean {
    return this.random.below(2) === 0;
  }

  choose(waiting: readonly Task[]): Task {
    return waiting[this.random.below(waiting.length)] as Task;
  }
}

class PctPolicy implements SchedulePolicy {
  private readonly random: Random;
  private readonly priorities = new WeakMap<Task, number>();
  /** Instructions at which the priority of who runs then is lowered, in order. */
  private readonly changes: number[];
  private readonly fairness: number;
  private position = 0;
  /** Where the next point is, and where one comes all the same: whoever spins for another must not do so for ever. */
  private next = 0;
  private lowest = 0;

  constructor(random: Random, depth: number, length: number) {
    this.random = random;
    this.changes = Array.from({ length: depth - 1 }, () => 1 + random.below(length)).sort(
      (a, b) => a - b,
    );
    this.fairness = Math.max(4 * length, 1_000_000);
  }

  untilPoint(): number {
    this.next = Math.max(this.position + 1, this.changes[0] ?? this.position + this.fairness);
    return this.next - this.position;
  }

  point(running: Task): void {
    this.position = this.next;
    if ((this.changes[0] ?? Number.POSITIVE_INFINITY) <= this.position) this.changes.shift();
    this.lower(running);
  }

  mayGoOn(running: Task, waiting: readonly Task[]): boolean {
    if (running.scheduling.hasYielded) this.lower(running);
    return this.priority(running) >= this.highest(waiting);
  }

  preempts(woken: Task, running: Task): boolean {
    return this.priority(woken) > this.priority(running);
  }

  choose(waiting: readonly Task[]): Task {
    const highest = this.highest(waiting);
    return waiting.find((task) => this.priority(task) === highest) as Task;
  }

  /** Below all others. */
  private lower(task: Task): void {
    this.priorities.set(task, --this.lowest);
  }

  private highest(tasks: readonly Task[]): number {
    return tasks.reduce((highest, task) => Math.max(highest, this.priority(task)), -Infinity);
  }

  private priority(task: Task): number {
    let priority = this.priorities.get(task);
    if (priority === undefined) {
      priority = 1 + this.random.word();
      this.priorities.set(task, priority);
    }
    return priority;
  }
}
