/** FS_IOC_GETFLAGS and FS_IOC_SETFLAGS: ioctl_iflags(2). Linux: fs/ioctl.c, fileattr. */
import { ENOTTY, EOPNOTSUPP, EPERM, EROFS, fail } from '../../abi/errno.ts';
import { IN_ATTRIB } from '../../abi/inotify.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import { CHANGEABLE_FLAGS, FS_APPEND_FL, FS_IMMUTABLE_FL } from '../../fs/file-flags.ts';
import { notifyFile } from '../../fs/notify.ts';
import { isOwner } from '../../fs/permission.ts';
import type { Result } from '../block.ts';
import { CAP_LINUX_IMMUTABLE } from '../credentials.ts';
import type { Task } from '../task.ts';
import { fileIdentity } from '../vfs.ts';

/** Their numbers tell of a long; it is an int that is read and written. */
export const FS_IOC_GETFLAGS = 0x8008_6601;
export const FS_IOC_SETFLAGS = 0x4008_6602;

/** Throws ENOTTY where the file system keeps none. */
function flagsOf({ inode }: File): number {
  const type = inode.mode & S_IFMT;
  const { fileFlags } = inode;
  if (fileFlags === undefined || (type !== S_IFREG && type !== S_IFDIR))
    throw fail(ENOTTY, 'no inode flags');
  return fileFlags;
}

export function getInodeFlags(task: Task, file: File, address: number): Result {
  task.memory.writeU32(address, flagsOf(file));
  return 0;
}

/** Errors: EFAULT, ENOTTY, EOPNOTSUPP, EPERM for others than the owner and without CAP_LINUX_IMMUTABLE, EROFS. */
export function setInodeFlags(task: Task, file: File, address: number): Result {
  const before = flagsOf(file);
  const flags = task.memory.readU32(address);
  const { inode, dentry } = file;
  if (dentry?.mount.isReadOnly) throw fail(EROFS, 'read-only file system');
  if (!isOwner(inode, fileIdentity(task))) throw fail(EPERM, 'not the owner');
  const changed = before ^ flags;
  const isGuarded = (changed & (FS_IMMUTABLE_FL | FS_APPEND_FL)) !== 0;
  if (isGuarded && !task.credentials.hasCapability(CAP_LINUX_IMMUTABLE))
    throw fail(EPERM, 'CAP_LINUX_IMMUTABLE');
  if ((changed & ~CHANGEABLE_FLAGS) !== 0) throw fail(EOPNOTSUPP, 'flags');
  inode.setAttributes({ fileFlags: flags });
  notifyFile(file, IN_ATTRIB);
  return 0;
}
