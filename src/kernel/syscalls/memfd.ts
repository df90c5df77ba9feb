/** memfd_create(2), and the seals of fcntl(2): F_ADD_SEALS, F_GET_SEALS. Linux: mm/memfd.c. */
import { EBUSY, EINVAL, ENODEV, EPERM, fail } from '../../abi/errno.ts';
import {
  F_SEAL_EXEC,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  O_LARGEFILE,
  O_RDWR,
} from '../../abi/fcntl.ts';
import { HUGE_SHIFT, MAP_HUGE_MASK, MAP_HUGE_SHIFT } from '../../abi/mman.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { S_IFREG } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import { isWritable } from '../../fs/references.ts';
import type { Result } from '../block.ts';
import { isMappedWritable } from '../mm/inode-mappings.ts';
import type { Task } from '../task.ts';

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_HUGETLB = 4;
const MFD_NOEXEC_SEAL = 8;
const MFD_EXEC = 0x10;
const KNOWN = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB | MFD_NOEXEC_SEAL | MFD_EXEC;
/** With MFD_HUGETLB, the logarithm of the page size. */
const HUGE_SIZE_MASK = 0xfc00_0000;
/** The longest name, without NUL. */
const MAX_NAME = 249;

const ALL_SEALS =
  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_EXEC;

/** memfd_create(2). Errors: EFAULT, EINVAL, EMFILE, ENODEV for pages of another size than 2 MiB. */
export function memfdCreate(task: Task, nameAddress: number, flags: number): Result {
  const known = (flags & MFD_HUGETLB) === 0 ? KNOWN : KNOWN | HUGE_SIZE_MASK;
  if ((flags & ~known) !== 0) throw fail(EINVAL, 'flags');
  if ((flags & MFD_EXEC) !== 0 && (flags & MFD_NOEXEC_SEAL) !== 0) throw fail(EINVAL, 'flags');
  const name = task.memory.readString(nameAddress, MAX_NAME + 1, EINVAL);
  const isHuge = (flags & MFD_HUGETLB) !== 0;
  const size = (flags >>> MAP_HUGE_SHIFT) & MAP_HUGE_MASK;
  if (size !== 0 && size !== HUGE_SHIFT) throw fail(ENODEV, 'no pages of this size');
  const { process, kernel } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const { fsuid, fsgid } = task.credentials;
  const isNoExec = (flags & MFD_NOEXEC_SEAL) !== 0;
  const mode = S_IFREG | (isNoExec ? 0o666 : 0o777);
  const dentry = isHuge
    ? kernel.hugePages.files.create(`memfd:${name}`, mode, fsuid, fsgid, 0)
    : kernel.vfs.createUnnamed(`memfd:${name}`, mode, fsuid, fsgid);
  if (isNoExec) dentry.inode.seals = F_SEAL_EXEC;
  else if ((flags & MFD_ALLOW_SEALING) !== 0) dentry.inode.seals = 0;
  const file = dentry.inode.open(O_RDWR | O_LARGEFILE);
  // alloc_file() of Linux does not count it: the program that was written to it can be executed through it.
  dentry.inode.uncountedWriters = 1;
  file.dentry = dentry;
  return task.files.allocate(file, (flags & MFD_CLOEXEC) !== 0, limit);
}

/** Errors: EINVAL for a file of another kind. */
export function getSeals({ inode }: File): number {
  if (inode.seals === undefined) throw fail(EINVAL, 'the file has no seals');
  return inode.seals;
}

/** Errors: EBUSY, EINVAL, EPERM. */
export function addSeals(file: File, seals: number): number {
  const { inode } = file;
  if (!isWritable(file.flags)) throw fail(EPERM, 'not open for writing');
  if ((seals & ~ALL_SEALS) !== 0) throw fail(EINVAL, 'seals');
  const before = getSeals(file);
  if ((before & F_SEAL_SEAL) !== 0) throw fail(EPERM, 'sealed');
  if ((seals & F_SEAL_WRITE) !== 0 && (before & F_SEAL_WRITE) === 0 && isMappedWritable(inode))
    throw fail(EBUSY, 'mapped shared and writable');
  // A program that cannot be changed to be one can, as one, not be changed at all.
  const isProgram = (seals & F_SEAL_EXEC) !== 0 && (inode.mode & 0o111) !== 0;
  const implied = isProgram ? F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE : 0;
  inode.seals = before | seals | implied;
  return 0;
}
