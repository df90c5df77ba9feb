/** Runs the engine under a schedule that is looked for: preempts at its points, and notices when the programs do not go on. */
import type { Kernel } from '../kernel/kernel.ts';
import { parseSchedule, type SchedulePolicy } from '../kernel/schedule-policy.ts';
import type { Task } from '../kernel/task.ts';
import { TIMEBASE_HZ } from '../machine/clock.ts';
import type { Exit } from '../machine/engine.ts';
import { HART } from '../machine/hart-layout.ts';
import type { Machine } from '../machine/machine.ts';
import type { Runner } from '../platform/runner.ts';
import type { ScheduleOption, Stuck } from '../protocol.ts';
import { placesOf } from './call-places.ts';
import type { ProgramObserver } from './programs.ts';

/** Virtual time that all programs of the host may sleep in a row. */
const PATIENCE_TICKS = 3600 * TIMEBASE_HZ;

export class ScheduleExplorer implements Runner, ProgramObserver {
  private readonly machine: Machine;
  private readonly kernel: Kernel;
  private policy: SchedulePolicy;
  private readonly text: string;
  private readonly limit: number;
  private readonly onStuck: (stuck: Stuck) => void;
  private left: number;
  /** Instructions of programs so far, and when one last ran. */
  private instructions = 0;
  private ranAt = 0;
  private isPoint = false;
  private hasBegun = false;
  /** They will not go on, and the machine is to stop. */
  isStuck = false;
  /** Nothing comes from the host that they may wait for. */
  isInputOver = false;

  /** Throws ScheduleError. */
  constructor(
    machine: Machine,
    kernel: Kernel,
    { text, limit }: ScheduleOption,
    onStuck: (stuck: Stuck) => void,
  ) {
    this.machine = machine;
    this.kernel = kernel;
    this.text = text;
    this.policy = parseSchedule(text);
    this.limit = limit;
    this.onStuck = onStuck;
    this.left = this.policy.untilPoint();
    kernel.scheduler.policy = this.policy;
  }

  run(block: number): Exit {
    const { machine } = this;
    const { engine } = machine;
    const [hart] = machine.harts;
    const task = this.kernel.scheduler.running[0];
    if (!hart || !task || !this.isExplored(task)) return engine.run(block);
    const { state } = hart;
    const budget = state.word(HART.BUDGET) | 0;
    const granted = Math.min(budget, this.left);
    state.setWord(HART.BUDGET, granted);
    const before = state.word(HART.INSTRET);
    const exit = engine.run(block);
    const used = (state.word(HART.INSTRET) - before) >>> 0;
    state.setWord(HART.BUDGET, budget - used);
    this.left -= used;
    this.instructions += used;
    this.ranAt = machine.clock.now();
    if (this.left <= 0) this.point(task);
    if (this.instructions > this.limit) this.stop('endless');
    return exit;
  }

  /** A program of the host begins. The first begins the schedule: what chance has said by then, of a machine that booted, is not of it. */
  started(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.policy = parseSchedule(this.text);
    this.left = this.policy.untilPoint();
    this.kernel.scheduler.policy = this.policy;
  }

  finished(): void {
    // The schedule goes on for the next one.
  }

  /** At the end of a slice: whether it ended for the schedule's sake. */
  takePoint(): boolean {
    const { isPoint } = this;
    this.isPoint = false;
    return isPoint;
  }

  /** Nothing can run before `deadline`, in ticks. */
  idles(deadline: number): void {
    if (!this.isInputOver || this.programs().length === 0) return;
    const isForEver = deadline === Number.POSITIVE_INFINITY;
    if (isForEver || deadline - this.ranAt > PATIENCE_TICKS) this.stop('deadlock');
  }

  private point(task: Task): void {
    this.policy.point(task);
    this.left = this.policy.untilPoint();
    this.kernel.scheduler.needsSwitch[0] = true;
    this.isPoint = true;
  }

  private stop(reason: Stuck['reason']): void {
    if (this.isStuck) return;
    this.isStuck = true;
    this.isPoint = true;
    const programs = this.programs();
    const tasks = programs.map(
      ({ name, tid, state, waitChannel }) =>
        `${name}[${tid}] ${state === 'R' ? 'runs' : `waits in ${waitChannel}`}`,
    );
    const { machine, kernel, instructions } = this;
    const places = programs.map((task) => placesOf(task, kernel, machine.memory));
    this.onStuck({ reason, tasks, places, instructions });
  }

  private programs(): Task[] {
    return [...this.kernel.pids.tasks.values()].filter((task) => this.isExplored(task));
  }

  private isExplored({ process, work }: Task): boolean {
    return work === undefined && !process.isZombie && process.session !== this.kernel.init?.session;
  }
}
