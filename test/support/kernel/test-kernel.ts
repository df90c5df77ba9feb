/** A kernel on the fake platform with tasks that have memory but no program: for unit tests of its parts. */

import { tmpfs } from '../../../src/fs/tmpfs/tmpfs.ts';
import { Credentials } from '../../../src/kernel/credentials.ts';
import { FileTable } from '../../../src/kernel/file-table.ts';
import { Kernel } from '../../../src/kernel/kernel.ts';
import { startMigration } from '../../../src/kernel/migration.ts';
import { AddressSpace } from '../../../src/kernel/mm/address-space.ts';
import { FsContext, Process } from '../../../src/kernel/process.ts';
import { ProcessGroup, Session } from '../../../src/kernel/session.ts';
import { SignalActions } from '../../../src/kernel/signal-actions.ts';
import { Task } from '../../../src/kernel/task.ts';
import { FakePlatform } from '../fake-platform.ts';

export interface TestKernel {
  readonly platform: FakePlatform;
  readonly kernel: Kernel;
}

/** With a tmpfs as root. */
export function testKernel(megabytes = 8, harts = 1): TestKernel {
  const platform = new FakePlatform(megabytes, harts);
  const kernel = new Kernel(platform, { seed: new Uint8Array([1]), commandLine: '' });
  const fs = tmpfs.mount('none', '', false, kernel.vfs.context);
  kernel.vfs.mounts.mount(fs, 'none', 0, '', undefined);
  // Number 1 is init's, which signals spare.
  kernel.pids.allocate();
  startMigration(kernel);
  return { platform, kernel };
}

/** A process with one thread, in a session of its own. */
export function testTask(kernel: Kernel, name = 'test'): Task {
  const pid = kernel.pids.allocate();
  const session = new Session(pid);
  const group = new ProcessGroup(pid, session);
  const { root } = kernel.vfs.mounts;
  const addressSpace = new AddressSpace(kernel);
  addressSpace.layout.mmapBase = 2 ** 38 - 2 ** 30;
  const process = new Process(kernel, pid, undefined, group, {
    addressSpace,
    actions: new SignalActions(),
  });
  session.leader = process;
  const task = new Task(kernel, process, pid, name, {
    files: new FileTable(kernel.vfs.locks),
    fsContext: new FsContext(root, root, 0o022),
    credentials: Credentials.of(0, 0),
  });
  process.tasks.set(pid, task);
  kernel.pids.tasks.set(pid, task);
  kernel.pids.processes.set(pid, process);
  kernel.pids.groups.set(pid, group);
  kernel.pids.sessions.set(pid, session);
  return task;
}

/** The task's memory. */
export function spaceOfTask(task: Task): AddressSpace {
  const space = task.process.addressSpace;
  if (!space) throw new Error('the task has no memory');
  return space;
}
