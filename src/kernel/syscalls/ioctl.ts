/** ioctl(2): requests that every file knows; the others belong to the file. */
import { EBADF, EINVAL, EISDIR, ENOTTY, EOPNOTSUPP, EXDEV, fail } from '../../abi/errno.ts';
import { O_ACCMODE, O_APPEND, O_NONBLOCK, O_WRONLY } from '../../abi/fcntl.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD } from '../../abi/termios.ts';
import type { File } from '../../fs/file.ts';
import { PipeFile } from '../../fs/pipe-file.ts';
import { isWritable } from '../../fs/references.ts';
import type { Result } from '../block.ts';
import { FileOwner } from '../file-owner.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';
import { FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, getInodeFlags, setInodeFlags } from './inode-flags.ts';

/** linux/fs.h: a file shares the blocks of another. */
const FICLONE = 0x4004_9409;
const FICLONERANGE = 0x4020_940d;

/** Errors: EBADF, EFAULT, EINVAL, ENOTTY, EOPNOTSUPP. */
export function ioctl(task: Task, fd: number, request: number, argument: number): Result {
  const { files } = task;
  const file = files.get(fd);
  switch (request) {
    case FIOCLEX:
    case FIONCLEX:
      files.setCloseOnExec(fd, request === FIOCLEX);
      return 0;
    case FIONBIO: {
      const isOn = task.memory.readU32(argument) !== 0;
      file.flags = isOn ? file.flags | O_NONBLOCK : file.flags & ~O_NONBLOCK;
      return 0;
    }
    case FIOASYNC:
      FileOwner.of(task.kernel, file).setAsync(task.memory.readU32(argument) !== 0, fd);
      return 0;
    case FS_IOC_GETFLAGS:
      return getInodeFlags(task, file, argument);
    case FS_IOC_SETFLAGS:
      return setInodeFlags(task, file, argument);
    case FICLONE:
      return shareBlocks(task, file, argument | 0);
    case FICLONERANGE:
      return shareBlocks(task, file, task.memory.readU32(argument) | 0);
    default:
      break;
  }
  if (request === FIONREAD && file instanceof PipeFile) {
    task.memory.writeU32(argument, file.pipe.length);
    return 0;
  }
  if (request === FIONREAD && (file.inode.mode & S_IFMT) === S_IFREG) {
    task.memory.writeU32(argument, Math.max(0, file.inode.size - file.position));
    return 0;
  }
  if (file instanceof KernelFile) return file.ioctl(task, request, argument);
  throw fail(ENOTTY, 'no such ioctl');
}

/** No file system here can share blocks. Linux: vfs_clone_file_range, whose checks come first. */
function shareBlocks(task: Task, target: File, fd: number): never {
  const source = task.files.get(fd);
  if (source.inode.fs !== target.inode.fs) throw fail(EXDEV, 'another file system');
  for (const { inode } of [source, target]) {
    const type = inode.mode & S_IFMT;
    if (type === S_IFDIR) throw fail(EISDIR, 'directory');
    if (type !== S_IFREG) throw fail(EINVAL, 'no regular file');
  }
  const isGood =
    (source.flags & O_ACCMODE) !== O_WRONLY &&
    isWritable(target.flags) &&
    (target.flags & O_APPEND) === 0;
  if (!isGood) throw fail(EBADF, 'access mode');
  throw fail(EOPNOTSUPP, 'no shared blocks');
}
