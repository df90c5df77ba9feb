/** --trace exec on Hartix's kernel: each instruction of user mode is stepped, and a line of the trace. */
import type { Kernel } from '../kernel/kernel.ts';
import type { Task } from '../kernel/task.ts';
import { ExecTrace, execChannel } from '../machine/debug/trace.ts';
import { type Engine, Exit } from '../machine/engine.ts';
import type { Hart } from '../machine/hart.ts';
import { HART } from '../machine/hart-layout.ts';
import type { Machine } from '../machine/machine.ts';
import type { ProgramObserver } from './programs.ts';

export class ExecTracer implements ProgramObserver {
  private readonly engine: Engine;
  private readonly harts: ReadonlyMap<number, Hart>;
  private readonly kernel: Kernel;
  private readonly trace: ExecTrace;
  /** By hart: whose instructions the lines are of. */
  private readonly shown = new Map<Hart, Task | undefined>();

  constructor(machine: Machine, kernel: Kernel) {
    this.engine = machine.engine;
    this.kernel = kernel;
    this.harts = new Map(machine.harts.map((hart) => [hart.state.block, hart]));
    this.trace = new ExecTrace(machine.memory, machine.bus);
  }

  /** The system is up: what it does from here on is traced. */
  started(): void {
    execChannel.isOn = true;
  }

  finished(): void {
    // What others do is traced as well.
  }

  /** In the place of the engine's. */
  run(block: number): Exit {
    const hart = this.harts.get(block);
    if (!hart || !execChannel.isOn) return this.engine.run(block);
    const { state } = hart;
    this.showTask(hart);
    let left = state.word(HART.BUDGET) | 0;
    let exit: Exit = Exit.BUDGET;
    while (exit === Exit.BUDGET && left > 0 && state.word(HART.ATTENTION) === 0) {
      this.trace.begin(hart);
      exit = this.engine.step(block);
      this.trace.end(hart);
      left--;
    }
    state.setWord(HART.BUDGET, left);
    return exit;
  }

  private showTask(hart: Hart): void {
    const task = this.kernel.scheduler.running[hart.state.id];
    if (this.shown.get(hart) === task) return;
    this.shown.set(hart, task);
    if (task) execChannel.write(`${hart.state.id} is now task ${task.tid} (${task.name})`);
  }
}
