/** FS_IOC_GETFLAGS and FS_IOC_SETFLAGS: ioctl_iflags(2), and the same flags as XFS tells them. Linux: fs/ioctl.c, fileattr. */
import { ENOTTY, EOPNOTSUPP, EPERM, EROFS, fail } from '../../abi/errno.ts';
import { IN_ATTRIB } from '../../abi/inotify.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import {
  CHANGEABLE_FLAGS,
  FS_APPEND_FL,
  FS_IMMUTABLE_FL,
  FS_NOATIME_FL,
  FS_NODUMP_FL,
} from '../../fs/file-flags.ts';
import { notifyFile } from '../../fs/notify.ts';
import { isOwner } from '../../fs/permission.ts';
import type { Result } from '../block.ts';
import { CAP_LINUX_IMMUTABLE } from '../credentials.ts';
import type { Task } from '../task.ts';
import { fileIdentity } from '../vfs.ts';

/** Their numbers tell of a long; it is an int that is read and written. */
export const FS_IOC_GETFLAGS = 0x8008_6601;
export const FS_IOC_SETFLAGS = 0x4008_6602;
export const FS_IOC_FSGETXATTR = 0x801c_581f;
export const FS_IOC_FSSETXATTR = 0x401c_5820;

/** struct fsxattr: xflags, extsize, nextents, projid, cowextsize, and 8 bytes of nothing. */
const FSXATTR_BYTES = 28;
const PROJECT_OFFSET = 12;
const FS_SYNC_FL = 0x8;
const FS_DAX_FL = 0x200_0000;
const FS_PROJINHERIT_FL = 0x2000_0000;
/** FS_XFLAG_* and the flag of an inode that it is. Others are XFS's own: nobody here has them. */
const XFLAGS: readonly (readonly [number, number])[] = [
  [0x8, FS_IMMUTABLE_FL],
  [0x10, FS_APPEND_FL],
  [0x20, FS_SYNC_FL],
  [0x40, FS_NOATIME_FL],
  [0x80, FS_NODUMP_FL],
  [0x200, FS_PROJINHERIT_FL],
  [0x8000, FS_DAX_FL],
];

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

/** No extents are counted, and no projects are kept. */
export function getXflags(task: Task, file: File, address: number): Result {
  const flags = flagsOf(file);
  let xflags = 0;
  for (const [xflag, flag] of XFLAGS) if ((flags & flag) !== 0) xflags |= xflag;
  const bytes = new Uint8Array(FSXATTR_BYTES);
  new DataView(bytes.buffer).setUint32(0, xflags, true);
  task.memory.writeBytes(address, bytes);
  return 0;
}

/** Errors: those of FS_IOC_SETFLAGS; EOPNOTSUPP for a project, too. */
export function setXflags(task: Task, file: File, address: number): Result {
  const before = flagsOf(file);
  const xflags = task.memory.readU32(address);
  const project = task.memory.readU32(address + PROJECT_OFFSET);
  let flags = before;
  for (const [xflag, flag] of XFLAGS) flags = (xflags & xflag) === 0 ? flags & ~flag : flags | flag;
  if (project !== 0) throw fail(EOPNOTSUPP, 'projects');
  return changeFlags(task, file, before, flags);
}

/** Errors: EFAULT, ENOTTY, EOPNOTSUPP, EPERM for others than the owner and without CAP_LINUX_IMMUTABLE, EROFS. */
export function setInodeFlags(task: Task, file: File, address: number): Result {
  return changeFlags(task, file, flagsOf(file), task.memory.readU32(address));
}

function changeFlags(task: Task, file: File, before: number, flags: number): Result {
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
