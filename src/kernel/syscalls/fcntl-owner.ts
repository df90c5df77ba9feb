/** The commands of fcntl(2) that make an open file send signals: owners, leases, F_NOTIFY. */
import { EACCES, EAGAIN, EINVAL, ENOTDIR, ESRCH, fail } from '../../abi/errno.ts';
import { F_RDLCK, F_UNLCK, F_WRLCK, FOwnerEx } from '../../abi/fcntl.ts';
import { SIGRTMAX } from '../../abi/signal.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import { CAP_LEASE } from '../credentials.ts';
import { DirectoryWatch } from '../directory-watch.ts';
import { FileOwner } from '../file-owner.ts';
import type { Task } from '../task.ts';

const KINDS = ['thread', 'process', 'group'] as const;

/** F_SETOWN: a process, or with a negative number a group; 0 for nobody. Errors: EINVAL, ESRCH. */
export function setOwner(task: Task, file: File, id: number): number {
  if (id === -0x8000_0000) throw fail(EINVAL, 'owner');
  setOwnerOf(task, file, id < 0 ? 'group' : 'process', Math.abs(id));
  return 0;
}

function setOwnerOf(task: Task, file: File, kind: (typeof KINDS)[number], id: number): void {
  const { pids } = task.kernel;
  const isThere =
    kind === 'group' ? pids.groups.has(id) : kind === 'process' ? pids.process(id) : pids.task(id);
  if (id !== 0 && !isThere) throw fail(ESRCH, 'owner');
  FileOwner.of(task.kernel, file).set(kind, id, task.credentials);
}

/** F_GETOWN. A group is a negative number. */
export function getOwner(file: File): number {
  const owner = FileOwner.find(file);
  if (!owner) return 0;
  return owner.kind === 'group' ? -owner.id : owner.id;
}

/** F_SETOWN_EX. Errors: EFAULT, EINVAL, ESRCH. */
export function setOwnerEx(task: Task, file: File, address: number): number {
  const { type, pid } = task.memory.read(FOwnerEx, address);
  const kind = KINDS[type];
  if (kind === undefined) throw fail(EINVAL, 'type of the owner');
  if (pid < 0) throw fail(ESRCH, 'owner');
  setOwnerOf(task, file, kind, pid);
  return 0;
}

/** F_GETOWN_EX. Errors: EFAULT. */
export function getOwnerEx(task: Task, file: File, address: number): number {
  const owner = FileOwner.find(file);
  const type = owner && owner.id !== 0 ? KINDS.indexOf(owner.kind) : 1;
  task.memory.write(FOwnerEx, address, { type: owner ? type : 0, pid: owner?.id ?? 0 });
  return 0;
}

/** F_SETSIG. Errors: EINVAL. */
export function setSignal(task: Task, file: File, signal: number): number {
  if (signal > SIGRTMAX) throw fail(EINVAL, 'signal');
  FileOwner.of(task.kernel, file).signal = signal;
  return 0;
}

/** F_GETSIG. */
export function getSignal(file: File): number {
  return FileOwner.find(file)?.signal ?? 0;
}

/** F_SETLEASE. Errors: EACCES, EAGAIN, EINVAL. */
export function setLease(task: Task, file: File, fd: number, type: number): number {
  const { credentials } = task;
  if (credentials.fsuid !== file.inode.uid && !credentials.hasCapability(CAP_LEASE))
    throw fail(EACCES, 'somebody else owns the file');
  if ((file.inode.mode & S_IFMT) !== S_IFREG) throw fail(EINVAL, 'not a regular file');
  if (type === F_UNLCK) {
    const lease = FileOwner.find(file)?.lease;
    if (!lease) throw fail(EAGAIN, 'no lease');
    lease.end();
    return 0;
  }
  if (type !== F_RDLCK && type !== F_WRLCK) throw fail(EINVAL, 'type');
  task.kernel.leases.set(file, fd, type);
  return 0;
}

/** F_GETLEASE: what it is, or must become. */
export function getLease(file: File): number {
  return FileOwner.find(file)?.lease?.shown ?? F_UNLCK;
}

/** F_NOTIFY. Errors: ENOTDIR. */
export function notifyDirectory(task: Task, file: File, fd: number, mask: number): number {
  if ((file.inode.mode & S_IFMT) !== S_IFDIR) throw fail(ENOTDIR, 'not a directory');
  DirectoryWatch.set(task.kernel, file, fd, mask >>> 0);
  return 0;
}
