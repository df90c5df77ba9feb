/** How much the pipes of one user may hold together: fs.pipe-user-pages-soft and -hard of proc_sys_fs(5). Linux: fs/pipe.c. */
import { ENFILE, EPERM, fail } from '../abi/errno.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import { PIPE_DEFAULT_BYTES, type Pipe, pipeBytes } from '../fs/pipe.ts';
import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from './credentials.ts';
import type { Task } from './task.ts';

/** Of a new pipe of a user who has passed the soft limit. */
const LEAST_BYTES = 2 * PAGE_SIZE;

function isLimited({ credentials }: Task): boolean {
  return !credentials.hasCapability(CAP_SYS_RESOURCE) && !credentials.hasCapability(CAP_SYS_ADMIN);
}

const passes = (pages: number, limit: number): boolean => limit !== 0 && pages > limit;

/** Bytes of a new pipe of the task's user. Throws ENFILE. */
export function newPipeBytes(task: Task): number {
  const { vfs, users } = task.kernel;
  const { pipePages } = users.of(task.credentials.ruid);
  const mayExceed = task.credentials.hasCapability(CAP_SYS_RESOURCE);
  let bytes = mayExceed ? PIPE_DEFAULT_BYTES : Math.min(PIPE_DEFAULT_BYTES, vfs.pipeMaxBytes);
  if (!isLimited(task)) return bytes;
  if (passes(pipePages + bytes / PAGE_SIZE, vfs.pipeSoftPages)) bytes = LEAST_BYTES;
  if (passes(pipePages + bytes / PAGE_SIZE, vfs.pipeHardPages))
    throw fail(ENFILE, 'pipe-user-pages-hard');
  return bytes;
}

/** F_SETPIPE_SZ; returns the new size. Throws EBUSY, EPERM. */
export function resizePipe(task: Task, pipe: Pipe, wanted: number): number {
  const { vfs } = task.kernel;
  const bytes = pipeBytes(wanted);
  const more = (bytes - pipe.capacity) / PAGE_SIZE;
  if (more > 0) {
    if (bytes > vfs.pipeMaxBytes && !task.credentials.hasCapability(CAP_SYS_RESOURCE))
      throw fail(EPERM, 'pipe-max-size');
    const pages = (pipe.account?.pipePages ?? 0) + more;
    const isTooMuch = passes(pages, vfs.pipeSoftPages) || passes(pages, vfs.pipeHardPages);
    if (isTooMuch && isLimited(task)) throw fail(EPERM, 'pipe-user-pages');
  }
  return pipe.resize(wanted);
}
