/** init_module(2), finit_module(2), delete_module(2). */
import { EBADF, EINVAL, ENOEXEC, EPERM, ETXTBSY, fail } from '../../abi/errno.ts';
import { O_NONBLOCK } from '../../abi/fcntl.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import { CAP_SYS_MODULE } from '../credentials.ts';
import type { Task } from '../task.ts';

const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_PARAMETERS_BYTES = 4096;
const NAME_MAX = 56;
/** Flags of finit_module that say what not to check; nothing of that is checked here in more than one way. */
const MODULE_INIT_IGNORE = 3;

function checkPermission(task: Task): void {
  if (!task.credentials.hasCapability(CAP_SYS_MODULE)) throw fail(EPERM, 'CAP_SYS_MODULE');
}

/** Errors: EEXIST, EFAULT, EINVAL, ENOENT, ENOEXEC, ENOMEM, EPERM. */
export function initModule(task: Task, image: number, length: number, parameters: number): number {
  checkPermission(task);
  if (length > MAX_FILE_BYTES) throw fail(ENOEXEC, 'module too large');
  const file = task.memory.readBytes(image, length);
  task.kernel.modules.load(file, task.memory.readString(parameters, MAX_PARAMETERS_BYTES));
  return 0;
}

/** Errors: EBADF, ETXTBSY, and those of init_module. */
export function finitModule(task: Task, fd: number, parameters: number, flags: number): number {
  checkPermission(task);
  if ((flags & ~MODULE_INIT_IGNORE) !== 0) throw fail(EINVAL, 'flags');
  const file = task.files.get(fd, 'readable');
  const { size } = file.inode;
  if (!file.isSeekable) throw fail(EBADF, 'no regular file');
  if (file.inode.writers > 0) throw fail(ETXTBSY, 'the module is open for writing');
  if (size > MAX_FILE_BYTES) throw fail(ENOEXEC, 'module too large');
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const count = file.read(new BytesBuffer(bytes.subarray(at)), at);
    if (count === 0) throw fail(ENOEXEC, 'short file');
    at += count;
  }
  task.kernel.modules.load(bytes, task.memory.readString(parameters, MAX_PARAMETERS_BYTES));
  return 0;
}

/** Errors: EAGAIN while it is in use (Linux waits without O_NONBLOCK in old versions only), EBUSY, EFAULT, ENOENT, EPERM. */
export function deleteModule(task: Task, name: number, flags: number): number {
  checkPermission(task);
  if ((flags & ~(O_NONBLOCK | 0x200)) !== 0) throw fail(EINVAL, 'flags');
  task.kernel.modules.unload(task.memory.readString(name, NAME_MAX));
  return 0;
}
