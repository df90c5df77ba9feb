/** pipe(2): pipe2. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { O_CLOEXEC, O_DIRECT, O_NONBLOCK } from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import type { Result } from '../block.ts';
import { newPipeBytes } from '../pipe-limits.ts';
import type { Task } from '../task.ts';

/** Errors: EFAULT, EINVAL, EMFILE, ENFILE. */
export function pipe2(task: Task, address: number, flags: number): Result {
  if ((flags & ~(O_CLOEXEC | O_DIRECT | O_NONBLOCK)) !== 0) throw fail(EINVAL, 'pipe2 flags');
  const { process, kernel } = task;
  const { files } = process;
  const limit = process.limit(RLIMIT_NOFILE);
  files.reserve(2, limit);
  const bytes = newPipeBytes(task);
  task.memory.writeBytes(address, new Uint8Array(8));
  const { fsuid, fsgid } = task.credentials;
  const status = flags & ~O_CLOEXEC;
  const [reader, writer] = kernel.vfs.pipes.createPair(
    status,
    fsuid,
    fsgid,
    kernel.clock.realtime(),
    bytes,
    kernel.users.of(task.credentials.ruid),
  );
  const isCloseOnExec = (flags & O_CLOEXEC) !== 0;
  task.memory.writeU32(address, files.allocate(reader, isCloseOnExec, limit));
  task.memory.writeU32(address + 4, files.allocate(writer, isCloseOnExec, limit));
  return 0;
}
