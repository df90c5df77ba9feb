/** The directory of a process, and of each of its threads. */

import { EACCES, fail } from '../../abi/errno.ts';
import type { Inode } from '../../fs/inode.ts';
import { pathOf } from '../../fs/path.ts';
import type { Process } from '../process.ts';
import { mayTrace } from '../ptrace-access.ts';
import type { Task } from '../task.ts';
import { FdDirectory, FdInfoDirectory } from './fd-directory.ts';
import { MapFilesDirectory } from './map-files.ts';
import { NET } from './net.ts';
import { PID_ENTRIES, type PidRow } from './pid-entries.ts';
import {
  type Owner,
  ProcDirectory,
  type ProcInode,
  ProcMagicLinkInode,
  ProcSpecialInode,
  ProcTextInode,
} from './proc-inode.ts';
import { RowDirectory } from './row.ts';
import type { ViewFileSystem } from './view-file-system.ts';

/** Entries of a process belong to its effective user, or to root when it may not be looked into. */
export function ownerOfProcess({ process, credentials }: Task): Owner {
  const { euid, egid } = credentials;
  return process.isDumpable ? { uid: euid, gid: egid } : { uid: 0, gid: 0 };
}

const THREAD_ENTRIES = PID_ENTRIES.filter((row) => !row.processOnly);

/** `task` is the thread whose directory this is; for a process, its leader. */
export class ProcessDirectory extends ProcDirectory {
  readonly process: Process;
  readonly task: Task;
  private readonly isThread: boolean;

  constructor(fs: ViewFileSystem, process: Process, task: Task, isThread: boolean) {
    super(fs);
    this.process = process;
    this.task = task;
    this.isThread = isThread;
  }

  private get rows(): readonly PidRow[] {
    return this.isThread ? THREAD_ENTRIES : PID_ENTRIES;
  }

  names(): string[] {
    const names = this.rows.map(({ name }) => name);
    const ofKind = this.isThread ? ['children'] : ['map_files', 'task'];
    return [...names, 'fd', 'fdinfo', 'net', ...ofKind].sort();
  }

  make(name: string): ProcInode | undefined {
    const { fs, process, task } = this;
    if (name === 'fd') return new FdDirectory(fs, task);
    if (name === 'fdinfo') return new FdInfoDirectory(fs, task);
    if (name === 'net') return new RowDirectory(fs, NET);
    if (name === 'map_files' && !this.isThread) return new MapFilesDirectory(fs, process);
    if (name === 'task' && !this.isThread) return new TaskDirectory(fs, process);
    if (name === 'children' && this.isThread) {
      return new ProcTextInode(fs, 0o444, { show: () => showChildren(process, task) });
    }
    const row = this.rows.find((candidate) => candidate.name === name);
    return row && this.makeRow(row);
  }

  private makeRow(row: PidRow): ProcInode {
    const { fs, process, task, isThread } = this;
    const { place, open, store } = row;
    const mode = row.mode ?? 0o444;
    if (place) {
      const show = (): string => pathOf(place(task), fs.kernel.current?.root ?? task.root);
      return new ProcMagicLinkInode(fs, 0o777, show, () => place(task));
    }
    const check = (): void => {
      const reader = fs.kernel.current;
      if (row.needsTrace && reader && !mayTrace(reader, task)) throw fail(EACCES, row.name);
    };
    if (open)
      return new ProcSpecialInode(fs, mode, (inode, flags) => {
        check();
        return open(process, inode, flags);
      });
    return new ProcTextInode(fs, mode, {
      check,
      show: () => row.show?.(process, task, isThread) ?? '',
      ...(store && { store: (text: string) => store(process, task, text) }),
    });
  }

  /** A process may always look into its own descriptors. Linux: proc_fd_permission. */
  protected override ownerOf(name: string): Owner {
    const isOwn = this.fs.kernel.current?.process === this.process;
    if (!isOwn || (name !== 'fd' && name !== 'fdinfo')) return ownerOfProcess(this.task);
    const { euid, egid } = this.task.credentials;
    return { uid: euid, gid: egid };
  }
}

/** The thread that a directory /proc/<pid> stands for; undefined for other inodes. */
export function processOfDirectory(inode: Inode): Task | undefined {
  return inode instanceof ProcessDirectory ? inode.task : undefined;
}

/** Children belong to the process; they are listed with its first thread. */
function showChildren(process: Process, task: Task): string {
  if (task.tid !== process.pid) return '';
  return [...process.children].map(({ pid }) => `${pid} `).join('');
}

export class TaskDirectory extends ProcDirectory {
  private readonly process: Process;

  constructor(fs: ViewFileSystem, process: Process) {
    super(fs);
    this.process = process;
  }

  names(): string[] {
    return [...this.process.tasks.keys()].sort((a, b) => a - b).map(String);
  }

  protected override positionOf(name: string): number {
    return Number(name);
  }

  make(name: string): ProcInode | undefined {
    const task = this.find(name);
    return task && new ProcessDirectory(this.fs, this.process, task, true);
  }

  override isCurrent(name: string, inode: ProcInode): boolean {
    return inode instanceof ProcessDirectory && inode.task === this.find(name);
  }

  protected override ownerOf(): Owner {
    return ownerOfProcess(this.process.leader);
  }

  private find(name: string): Task | undefined {
    return /^[1-9][0-9]*$/.test(name) ? this.process.tasks.get(Number(name)) : undefined;
  }
}
