/** statfs(2), fstatfs(2). */
import { AT_FDCWD } from '../../abi/fcntl.ts';
import {
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
} from '../../abi/mount.ts';
import { Statfs } from '../../abi/stat.ts';
import type { FileSystem } from '../../fs/filesystem.ts';
import type { Mount } from '../../fs/mount.ts';
import type { Result } from '../block.ts';
import { whileReading } from '../structure-waits.ts';
import type { Task } from '../task.ts';

const ST_RDONLY = 1;
const ST_VALID = 0x20;
const ST_RELATIME = 0x1000;
const ST_NOSYMFOLLOW = 0x2000;
/** These flags have the same bits in mount(2) and statfs(2). */
const SAME = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME;

export function statfs(task: Task, path: string, address: number): Result {
  const dentry = task.kernel.vfs.resolve(task, AT_FDCWD, path);
  return writeStatistics(task, dentry.inode.fs, dentry.mount, address);
}

export function fstatfs(task: Task, fd: number, address: number): Result {
  const { inode, dentry } = task.files.getAny(fd);
  return writeStatistics(task, inode.fs, dentry?.mount, address);
}

function writeStatistics(
  task: Task,
  fs: FileSystem,
  mount: Mount | undefined,
  address: number,
): Result {
  // A FAT counts its free clusters the first time.
  const statistics = whileReading(task, () => fs.statistics());
  const atime = mount && !mount.isWithoutAccessTimes ? ST_RELATIME : 0;
  const links = mount && (mount.flags & MS_NOSYMFOLLOW) !== 0 ? ST_NOSYMFOLLOW : 0;
  const flags = mount
    ? (mount.flags & SAME) | (mount.isReadOnly ? ST_RDONLY : 0) | atime | links
    : 0;
  task.memory.write(Statfs, address, {
    f_type: statistics.type,
    f_bsize: statistics.blockSize,
    f_blocks: statistics.blocks,
    f_bfree: statistics.blocksFree,
    f_bavail: statistics.blocksAvailable,
    f_files: statistics.files,
    f_ffree: statistics.filesFree,
    f_fsid: fs.device,
    f_namelen: statistics.nameLength,
    f_frsize: statistics.blockSize,
    f_flags: flags | ST_VALID,
  });
  return 0;
}
