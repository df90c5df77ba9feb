/** Which task's registers each hart holds. A hart keeps those of the task that ran last: a switch back to it copies nothing. */
import type { Task } from '../task.ts';
import type { Arch } from './arch.ts';
import { saveVectorState } from './vector-state.ts';

export class HartContexts {
  private readonly arch: Arch;
  /** By hart; its task may be running, waiting or asleep. */
  private readonly loaded: (Task | undefined)[];

  constructor(arch: Arch) {
    this.arch = arch;
    this.loaded = new Array<Task | undefined>(arch.harts).fill(undefined);
  }

  /** Put the task's registers and its address space on a hart that is in the kernel; so must be the one that had them. */
  load(task: Task, hart: number): void {
    const other = this.loaded[hart];
    if (other === task) return;
    if (other) this.unload(other, hart);
    if (task.hart !== undefined) this.unload(task, task.hart);
    const registers = this.arch.registers(hart);
    registers.set(task.context);
    this.arch.platform.vector?.restore(hart, task.vector);
    task.registers = registers;
    task.hart = hart;
    this.loaded[hart] = task;
    task.branchCounts?.moved(hart);
    task.process.addressSpace?.activate(hart);
  }

  /** The registers are of no use any more. */
  forget(task: Task, hart: number): void {
    task.registers = task.context;
    task.branchCounts?.moved(undefined);
    task.hart = undefined;
    this.loaded[hart] = undefined;
  }

  private unload(task: Task, hart: number): void {
    task.context.set(this.arch.registers(hart));
    saveVectorState(task, hart);
    this.forget(task, hart);
  }
}
