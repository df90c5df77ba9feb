/** What was looked up of a process goes with it, or each one that asks for /proc/self would stay in memory. */
import { beforeAll, expect, test } from 'vitest';
import { testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { AT_FDCWD } from '../../abi/fcntl.ts';
import { makeDirectory } from '../../fs/directory-operations.ts';
import { ROOT_IDENTITY } from '../../fs/permission.ts';
import { exitTask, reap } from '../exit.ts';
import { Task } from '../task.ts';
import { procfs } from './procfs.ts';

const { kernel } = testKernel(8);
const { names } = kernel.vfs.mounts;
let task: Task;

beforeAll(() => {
  const at = makeDirectory(kernel.vfs.mounts.root, 'proc', 0o755, ROOT_IDENTITY);
  const fs = procfs.mount('proc', '', false, kernel.vfs.context);
  kernel.vfs.mounts.mount(fs, 'proc', 0, '', at);
  task = testTask(kernel, 'reader');
  kernel.current = task;
});

function look(path: string): void {
  kernel.vfs.resolve(task, AT_FDCWD, path);
}

test('the names of a process that was waited for', () => {
  const before = names.names;
  const { process } = testTask(kernel, 'short');
  look(`/proc/${process.pid}/fd`);
  look(`/proc/${process.pid}/task/${process.pid}/comm`);
  expect(names.names).toBe(before + 5);
  reap(process);
  expect(names.names).toBe(before);
});

test('who stands there finds nothing any more', () => {
  const { process } = testTask(kernel, 'short');
  const place = kernel.vfs.resolve(task, AT_FDCWD, `/proc/${process.pid}`);
  reap(process);
  expect(place.isDeleted).toBe(true);
  task.fsContext.cwd = place;
  expect(() => look('comm')).toThrow('ENOENT');
  task.fsContext.cwd = kernel.vfs.mounts.root;
});

test('the names of a thread that ended', () => {
  const { process, files, fsContext, credentials } = testTask(kernel, 'threads');
  const tid = kernel.pids.allocate();
  const thread = new Task(kernel, process, tid, 'thread', { files, fsContext, credentials });
  process.tasks.set(tid, thread);
  kernel.pids.tasks.set(tid, thread);
  files.references++;
  look(`/proc/${process.pid}/task`);
  const before = names.names;
  look(`/proc/${tid}/comm`);
  look(`/proc/${process.pid}/task/${tid}/comm`);
  expect(names.names).toBe(before + 4);
  exitTask(thread);
  expect(names.names).toBe(before);
});
