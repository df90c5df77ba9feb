/**
 * Threads of the kernel's own: tasks without memory and user mode, chosen by the scheduler like others. What one does is a method
 * that runs to its end when the thread is chosen; then it sleeps until it is woken. Linux: kernel/kthread.c.
 */
import { SIG_IGN } from '../abi/signal.ts';
import { Credentials } from './credentials.ts';
import { FileTable } from './file-table.ts';
import type { Kernel } from './kernel.ts';
import { FsContext, Process } from './process.ts';
import { ProcessGroup, Session } from './session.ts';
import { SignalActions } from './signal-actions.ts';
import { emptySet } from './signal-set.ts';
import { Task } from './task.ts';

export interface KernelWork {
  /** On the thread's hart, in the kernel. */
  run(): void;
}

const SIGNALS = 64;

/** Make a thread, asleep. Linux differs: there is no kthreadd, its parent is nobody. */
export function createKernelThread(kernel: Kernel, name: string, work: KernelWork): Task {
  const pid = kernel.pids.allocateForKernel();
  const { root } = kernel.vfs.mounts;
  const process = new Process(kernel, pid, undefined, new ProcessGroup(0, new Session(0)), {
    addressSpace: undefined,
    actions: ignoringAll(),
  });
  const task = new Task(kernel, process, pid, name, {
    files: new FileTable(kernel.vfs.locks),
    fsContext: new FsContext(root, root, 0),
    credentials: Credentials.of(0, 0),
  });
  task.work = work;
  task.state = 'S';
  process.tasks.set(pid, task);
  kernel.pids.tasks.set(pid, task);
  kernel.pids.processes.set(pid, process);
  kernel.pids.forks++;
  return task;
}

/** Not even SIGKILL ends a thread of the kernel. */
function ignoringAll(): SignalActions {
  const actions = new SignalActions();
  for (let signal = 1; signal <= SIGNALS; signal++)
    actions.set(signal, { handler: SIG_IGN, flags: 0, mask: emptySet() });
  return actions;
}
