/** /proc/<pid>/fd and fdinfo: proc_pid_fd(5), proc_pid_fdinfo(5). */

import { ENOENT, fail } from '../../abi/errno.ts';
import { O_ACCMODE, O_CLOEXEC, O_RDONLY, O_WRONLY } from '../../abi/fcntl.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { File } from '../../fs/file.ts';
import { pathOf } from '../../fs/path.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';
import { showFileLocks } from './locks.ts';
import {
  type Owner,
  ProcDirectory,
  type ProcInode,
  ProcMagicLinkInode,
  ProcTextInode,
} from './proc-inode.ts';
import type { ViewFileSystem } from './view-file-system.ts';

const NUMBER = /^(0|[1-9][0-9]*)$/;

/** The text of a descriptor's link. */
export function describeFile(file: File, task: Task): string {
  return file.dentry ? pathOf(file.dentry, task.root) : file.describe();
}

abstract class DescriptorDirectory extends ProcDirectory {
  readonly task: Task;
  /** File that each handed-out inode stands for. */
  private readonly files = new Map<ProcInode, File>();

  constructor(fs: ViewFileSystem, task: Task) {
    super(fs, 0o500);
    this.task = task;
  }

  names(): string[] {
    if (!this.task.isAlive) return [];
    return this.task.files.descriptors().map(String);
  }

  protected override positionOf(name: string): number {
    return Number(name);
  }

  make(name: string): ProcInode | undefined {
    const file = NUMBER.test(name) ? this.task.files.find(Number(name)) : undefined;
    if (!file) return undefined;
    const inode = this.makeFor(Number(name), file);
    this.files.set(inode, file);
    return inode;
  }

  protected abstract makeFor(fd: number, file: File): ProcInode;

  /** A descriptor that was closed and opened again is another file. */
  override isCurrent(name: string, inode: ProcInode): boolean {
    const isSame = this.task.files.find(Number(name)) === this.files.get(inode);
    if (!isSame) this.files.delete(inode);
    return isSame;
  }

  protected override ownerOf(): Owner | undefined {
    return { uid: this.uid, gid: this.gid };
  }
}

export class FdDirectory extends DescriptorDirectory {
  protected makeFor(_fd: number, file: File): ProcInode {
    const access = file.flags & O_ACCMODE;
    const permissions = (access === O_WRONLY ? 0 : 0o500) | (access === O_RDONLY ? 0 : 0o300);
    const { task } = this;
    return new ProcMagicLinkInode(
      this.fs,
      permissions,
      () => describeFile(file, task),
      () => placeOf(file, task),
    );
  }
}

/** Pipes and the like have no place of their own: one is made up, so that they can be opened again. */
function placeOf(file: File, task: Task): Dentry {
  if (file.references === 0) throw fail(ENOENT, 'descriptor was closed');
  return file.dentry ?? task.kernel.vfs.placeOfUnnamed(file.inode, file.describe());
}

export class FdInfoDirectory extends DescriptorDirectory {
  protected makeFor(fd: number, file: File): ProcInode {
    const { task } = this;
    return new ProcTextInode(this.fs, 0o400, { show: () => showFdInfo(task, fd, file) });
  }
}

function showFdInfo(task: Task, fd: number, file: File): string {
  const closes = task.files.isCloseOnExec(fd) ? O_CLOEXEC : 0;
  const flags = ((file.flags & ~O_CLOEXEC) | closes) >>> 0;
  const mountId = file.dentry?.mount.id ?? 0;
  const common =
    `pos:\t${file.position}\nflags:\t0${flags.toString(8)}\n` +
    `mnt_id:\t${mountId}\nino:\t${file.inode.ino}\n`;
  const locks = file.inode.locks ? showFileLocks(file, [file, task.files]) : '';
  return common + locks + (file instanceof KernelFile ? file.fdInfo() : '');
}
