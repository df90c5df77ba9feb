/** name_to_handle_at(2), open_by_handle_at(2): files by what stays when names change. Linux: fs/fhandle.c. */
import {
  EINVAL,
  ELOOP,
  EOPNOTSUPP,
  EOVERFLOW,
  EPERM,
  ESTALE,
  fail,
  KernelError,
} from '../../abi/errno.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_PATH,
} from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { S_IFLNK, S_IFMT } from '../../abi/stat.ts';
import { type Dentry, NameNode } from '../../fs/dentry.ts';
import type { Inode } from '../../fs/inode.ts';
import { layout } from '../../lib/layout.ts';
import type { Result } from '../block.ts';
import { CAP_DAC_READ_SEARCH } from '../credentials.ts';
import type { Task } from '../task.ts';
import { locate } from './stat.ts';

/** A handle only to compare: it cannot be opened. */
const AT_HANDLE_FID = 0x200;
const MAX_HANDLE_SZ = 128;
/** Number and generation of the inode. */
const FILEID_INO32_GEN = 1;
const FILEID_INVALID = 0xff;
const FileHandle = layout({ handle_bytes: 'u32', handle_type: 'i32' });
const InodeNumber = layout({ ino: 'u32', generation: 'u32' });

/** Errors: EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR, EOPNOTSUPP, EOVERFLOW (the size that it takes is stored). */
export function nameToHandleAt(
  task: Task,
  dirfd: number,
  path: string,
  handle: number,
  mountId: number,
  flags: number,
): Result {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH | AT_HANDLE_FID)) !== 0)
    throw fail(EINVAL, 'flags');
  const follows = (flags & AT_SYMLINK_FOLLOW) !== 0 ? 0 : AT_SYMLINK_NOFOLLOW;
  const { inode, dentry } = locate(task, dirfd, path, (flags & AT_EMPTY_PATH) | follows);
  if (!inode.fs.inodeByNumber || !dentry) throw fail(EOPNOTSUPP, 'no handles here');
  const { memory } = task;
  const { handle_bytes: room } = memory.read(FileHandle, handle);
  if (room > MAX_HANDLE_SZ) throw fail(EINVAL, 'handle_bytes');
  const fits = room >= InodeNumber.size;
  memory.writeU32(mountId, dentry.mount.id);
  memory.write(FileHandle, handle, {
    handle_bytes: InodeNumber.size,
    handle_type: fits ? FILEID_INO32_GEN : FILEID_INVALID,
  });
  if (!fits) throw fail(EOVERFLOW, 'handle_bytes');
  const generation = inode.generation ?? 0;
  memory.write(InodeNumber, handle + FileHandle.size, { ino: inode.ino, generation });
  return 0;
}

/** Errors: EBADF, EFAULT, EINVAL, ELOOP, EPERM, ESTALE and those of open(2). */
export function openByHandleAt(task: Task, mountFd: number, handle: number, flags: number): Result {
  const { process, kernel, memory } = task;
  if (!task.credentials.hasCapability(CAP_DAC_READ_SEARCH))
    throw fail(EPERM, 'CAP_DAC_READ_SEARCH');
  const { handle_bytes: length, handle_type: type } = memory.read(FileHandle, handle);
  if (length === 0 || length > MAX_HANDLE_SZ) throw fail(EINVAL, 'handle_bytes');
  const bytes = memory.readBytes(handle + FileHandle.size, length);
  const place = mountFd === AT_FDCWD ? task.cwd : task.files.getAny(mountFd).dentry;
  const isKnown = type === FILEID_INO32_GEN && length === InodeNumber.size;
  if (!place || !isKnown) throw fail(ESTALE, 'no handle of this file system');
  const { ino, generation } = InodeNumber.decode(bytes);
  const inode = inodeOf(place, ino, generation);
  const isPath = (flags & O_PATH) !== 0;
  if ((inode.mode & S_IFMT) === S_IFLNK && !isPath) throw fail(ELOOP, 'a symbolic link');
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const file = kernel.vfs.openPlace(task, placeOf(place, inode), flags);
  return task.files.allocate(file, (flags & O_CLOEXEC) !== 0, limit);
}

/** Throws ESTALE. */
function inodeOf(place: Dentry, ino: number, generation: number): Inode {
  const { fs } = place.inode;
  try {
    const inode = fs.inodeByNumber?.(ino);
    if (inode && (inode.generation ?? 0) === generation) return inode;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
  }
  throw fail(ESTALE, `inode ${ino}`);
}

/** Where a name that is known leads to the inode; else a place of its own, as Linux's disconnected dentries. */
function placeOf(place: Dentry, inode: Inode): Dentry {
  const { mount } = place;
  const node = nodeOf(mount.rootNode, inode) ?? new NameNode(undefined, '/', inode);
  return node.within(mount);
}

function nodeOf(node: NameNode, inode: Inode): NameNode | undefined {
  if (node.inode === inode) return node;
  for (const child of node.children?.values() ?? []) {
    const found = nodeOf(child, inode);
    if (found) return found;
  }
  return undefined;
}
