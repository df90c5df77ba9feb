/** Processes that no guest process made: init, and the sessions of the host's API. */

import { AT_FDCWD } from '../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../abi/resource.ts';
import type { Dentry } from '../fs/dentry.ts';
import type { File } from '../fs/file.ts';
import { Credentials } from './credentials.ts';
import { installProgram, loadProgram } from './exec.ts';
import { FileTable } from './file-table.ts';
import type { Kernel } from './kernel.ts';
import { observer } from './observer.ts';
import { FsContext, Process } from './process.ts';
import { ProcessGroup, Session } from './session.ts';
import { SignalActions } from './signal-actions.ts';
import { Task } from './task.ts';

export interface SessionOptions {
  /** argv[0] is also the path, searched in PATH of `environment` when it has no slash. */
  readonly arguments: readonly string[];
  /** `NAME=value` strings. */
  readonly environment: readonly string[];
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: readonly number[];
  readonly umask?: number;
  /** Descriptors 0, 1, 2, …; their references pass to the process. */
  readonly files: readonly File[];
}

/** Start a process in a session of its own, without a parent. Throws as execve(2) and chdir(2); then nothing is left behind. */
export function spawn(kernel: Kernel, options: SessionOptions): Process {
  const pid = kernel.pids.allocate();
  const { root } = kernel.vfs.mounts;
  const files = new FileTable(kernel.vfs.locks);
  const session = new Session(pid);
  const group = new ProcessGroup(pid, session);
  const process = new Process(kernel, pid, undefined, group, {
    addressSpace: undefined,
    actions: new SignalActions(),
  });
  session.leader = process;
  const task = new Task(kernel, process, pid, '', {
    files,
    fsContext: new FsContext(root, root, options.umask ?? 0o022),
    credentials: Credentials.of(options.uid ?? 0, options.gid ?? 0, options.groups),
  });
  process.tasks.set(pid, task);
  const program = load(task, options);
  task.name = program.name;
  installProgram(task, program);
  for (const file of options.files) files.allocate(file, false, process.limit(RLIMIT_NOFILE));
  kernel.pids.tasks.set(pid, task);
  kernel.pids.processes.set(pid, process);
  kernel.pids.groups.set(pid, group);
  kernel.pids.sessions.set(pid, session);
  kernel.pids.forks++;
  observer.forked?.(process);
  observer.executed?.(process);
  kernel.scheduler.start(task);
  return process;
}

function load(task: Task, options: SessionOptions) {
  if (options.cwd !== undefined) task.fsContext.cwd = directory(task, options.cwd);
  const path = options.arguments[0] ?? '';
  const candidates = path.includes('/') ? [path] : searchPath(options.environment, path);
  let failure: unknown;
  for (const candidate of candidates) {
    try {
      return loadProgram(task, {
        path: candidate,
        readArguments: () => options.arguments,
        readEnvironment: () => options.environment,
      });
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

function searchPath(environment: readonly string[], name: string): string[] {
  const path = environment.find((entry) => entry.startsWith('PATH='))?.slice(5) ?? '/bin:/usr/bin';
  return path.split(':').map((directoryName) => `${directoryName || '.'}/${name}`);
}

function directory(task: Task, path: string): Dentry {
  return task.kernel.vfs.resolve(task, AT_FDCWD, path);
}
