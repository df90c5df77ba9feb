/** memfd_create(2). */
import { EINVAL, fail } from '../../abi/errno.ts';
import { O_LARGEFILE, O_RDWR } from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { S_IFREG } from '../../abi/stat.ts';
import type { Result } from '../block.ts';
import { partial } from '../syscall-row.ts';
import type { Task } from '../task.ts';

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_NOEXEC_SEAL = 8;
const MFD_EXEC = 0x10;
const MAX_NAME = 249;

export const memfdCreate = partial(create, 'no seals');

function create(task: Task, name: string, flags: number): Result {
  if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC)) !== 0) {
    throw fail(EINVAL, 'flags');
  }
  if (name.length > MAX_NAME) throw fail(EINVAL, 'name too long');
  const { process, kernel } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  process.files.reserve(1, limit);
  const { fsuid, fsgid } = process.credentials;
  const dentry = kernel.vfs.createUnnamed(`memfd:${name}`, S_IFREG | 0o777, fsuid, fsgid);
  const file = dentry.inode.open(O_RDWR | O_LARGEFILE);
  file.dentry = dentry;
  return process.files.allocate(file, (flags & MFD_CLOEXEC) !== 0, limit);
}
