/** process_vm_readv(2), process_vm_writev(2): memory of another process, without ptrace. */
import { EFAULT, EINVAL, ESRCH, fail, KernelError } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { UserMemory } from '../mm/user-memory.ts';
import { checkTrace } from '../ptrace-access.ts';
import type { Task } from '../task.ts';

const IOV_MAX = 1024;
const IOVEC_BYTES = 16;

/** One piece within a page of the other process. */
type Move = (memory: UserMemory, address: number, bytes: Uint8Array, done: number) => void;

function transfer(
  task: Task,
  pid: number,
  length: number,
  remote: number,
  count: number,
  flags: number,
  move: Move,
): number {
  if (flags !== 0 || count > IOV_MAX) throw fail(EINVAL, 'flags');
  const { memory } = task;
  const ranges = Array.from({ length: count }, (_, i) => ({
    address: memory.readU64(remote + i * IOVEC_BYTES),
    length: memory.readU64(remote + i * IOVEC_BYTES + 8),
  }));
  if (length === 0 || ranges.every((range) => range.length === 0)) return 0;
  const target = task.kernel.pids.task(pid)?.process;
  if (!target) throw fail(ESRCH, `process ${pid}`);
  checkTrace(task, target.leader);
  if (!target.addressSpace) throw fail(ESRCH, 'the process has exited');
  return moveRanges(target.addressSpace.memory, ranges, length, move);
}

/** Up to the first address that cannot be reached; throws EFAULT if that is the very first. */
function moveRanges(
  memory: UserMemory,
  ranges: readonly { readonly address: number; readonly length: number }[],
  limit: number,
  move: Move,
): number {
  let done = 0;
  try {
    for (const range of ranges) {
      let at = range.address;
      const end = at + range.length;
      while (at < end && done < limit) {
        const size = Math.min(PAGE_SIZE - (at % PAGE_SIZE), end - at, limit - done);
        move(memory, at, new Uint8Array(size), done);
        at += size;
        done += size;
      }
    }
  } catch (error) {
    if (!(error instanceof KernelError) || done === 0) throw error;
  }
  if (done === 0) throw fail(EFAULT, 'nothing was moved');
  return done;
}

/** process_vm_readv(2). Errors: EFAULT, EINVAL, EPERM, ESRCH. */
export function processVmReadv(
  task: Task,
  pid: number,
  local: IoBuffer,
  remote: number,
  count: number,
  flags: number,
): number {
  return transfer(task, pid, local.length, remote, count, flags, (memory, at, bytes, done) => {
    memory.copyOut(at, bytes);
    local.copyIn(bytes, done);
  });
}

/** process_vm_writev(2). Errors: EFAULT, EINVAL, EPERM, ESRCH. */
export function processVmWritev(
  task: Task,
  pid: number,
  local: IoBuffer,
  remote: number,
  count: number,
  flags: number,
): number {
  return transfer(task, pid, local.length, remote, count, flags, (memory, at, bytes, done) => {
    local.copyOut(bytes, done);
    memory.writeBytes(at, bytes);
  });
}
