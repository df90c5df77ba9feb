/** ioctl(2): requests that every file knows; the others belong to the file. */
import { ENOTTY, fail } from '../../abi/errno.ts';
import { O_NONBLOCK } from '../../abi/fcntl.ts';
import { S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD } from '../../abi/termios.ts';
import { PipeFile } from '../../fs/pipe-file.ts';
import type { Result } from '../block.ts';
import { FileOwner } from '../file-owner.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';
import { blockMap, blockSize, FIBMAP, FIGETBSZ } from './fibmap.ts';
import { FS_IOC_FIEMAP, fiemap } from './fiemap.ts';
import {
  FS_IOC_FSGETXATTR,
  FS_IOC_FSSETXATTR,
  FS_IOC_GETFLAGS,
  FS_IOC_SETFLAGS,
  getInodeFlags,
  getXflags,
  setInodeFlags,
  setXflags,
} from './inode-flags.ts';
import {
  cloneFile,
  cloneRange,
  dedupeRange,
  FICLONE,
  FICLONERANGE,
  FIDEDUPERANGE,
} from './share-blocks.ts';

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
    case FIGETBSZ:
      return blockSize(task, file, argument);
    case FS_IOC_FIEMAP:
      return fiemap(task, file, argument);
    case FS_IOC_GETFLAGS:
      return getInodeFlags(task, file, argument);
    case FS_IOC_SETFLAGS:
      return setInodeFlags(task, file, argument);
    case FS_IOC_FSGETXATTR:
      return getXflags(task, file, argument);
    case FS_IOC_FSSETXATTR:
      return setXflags(task, file, argument);
    case FICLONE:
      return cloneFile(task, file, argument | 0);
    case FICLONERANGE:
      return cloneRange(task, file, argument);
    case FIDEDUPERANGE:
      return dedupeRange(task, file, argument);
    default:
      break;
  }
  const isRegular = (file.inode.mode & S_IFMT) === S_IFREG;
  if (request === FIBMAP && isRegular) return blockMap(task, file, argument);
  if (request === FIONREAD && file instanceof PipeFile) {
    task.memory.writeU32(argument, file.pipe.length);
    return 0;
  }
  if (request === FIONREAD && isRegular) {
    task.memory.writeU32(argument, Math.max(0, file.inode.size - file.position));
    return 0;
  }
  if (file instanceof KernelFile) return file.ioctl(task, request, argument);
  throw fail(ENOTTY, 'no such ioctl');
}
