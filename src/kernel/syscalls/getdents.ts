/** getdents64(2). */
import { EINVAL, ENOENT, ENOTDIR, fail } from '../../abi/errno.ts';
import { FAN_ACCESS_PERM } from '../../abi/fanotify.ts';
import { IN_ACCESS } from '../../abi/inotify.ts';
import { S_IFDIR, S_IFMT } from '../../abi/stat.ts';
import { notifyFile } from '../../fs/notify.ts';
import type { Result } from '../block.ts';
import { askAboutFile } from '../fanotify-permission.ts';
import type { UserBuffer } from '../mm/user-memory.ts';
import { whileReading } from '../structure-waits.ts';
import type { Task } from '../task.ts';

/** struct linux_dirent64: d_ino, d_off (8 bytes each), d_reclen (2), d_type (1), d_name. */
const NAME_AT = 19;
const ALIGN = 8;
/** Entries asked for at a time. */
const BATCH = 64;
/** Most bytes gathered per call: larger buffers are filled by the next one. */
const MAX_BYTES = 65536;

/** What the call at hand gathers; nothing sleeps while it does. */
const ENTRIES = new Uint8Array(MAX_BYTES);
const WORDS = new Int32Array(ENTRIES.buffer);

/** At a multiple of 8; exact below 2^53 in magnitude. */
function put64(at: number, value: number): void {
  WORDS[at >> 2] = value;
  WORDS[(at >> 2) + 1] = Math.floor(value / 2 ** 32);
}

/** Errors: EBADF, EFAULT, EINVAL (buffer too small for the next entry), ENOENT (removed directory), ENOTDIR. */
export function getdents64(task: Task, fd: number, buffer: UserBuffer): Result {
  const file = task.files.get(fd);
  if ((file.inode.mode & S_IFMT) !== S_IFDIR) throw fail(ENOTDIR, 'not a directory');
  if (file.inode.nlink === 0) throw fail(ENOENT, 'removed directory');
  if (task.kernel.fanotify.askers.size > 0) askAboutFile(task, file, FAN_ACCESS_PERM);
  const room = Math.min(buffer.length, MAX_BYTES);
  let used = 0;
  let position = file.position;
  for (let isFull = false; !isFull; ) {
    const from = position;
    const entries = whileReading(task, () => file.readdir(from, BATCH));
    if (entries.length === 0) break;
    for (const entry of entries) {
      const length = Math.ceil((NAME_AT + entry.name.length + 1) / ALIGN) * ALIGN;
      isFull = used + length > room;
      if (isFull) break;
      put64(used, entry.ino);
      put64(used + 8, entry.next);
      ENTRIES[used + 16] = length;
      ENTRIES[used + 17] = length >>> 8;
      ENTRIES[used + 18] = entry.type;
      for (let i = 0; i < entry.name.length; i++) {
        ENTRIES[used + NAME_AT + i] = entry.name.charCodeAt(i);
      }
      ENTRIES.fill(0, used + NAME_AT + entry.name.length, used + length);
      used += length;
      position = entry.next;
    }
    if (isFull && used === 0) throw fail(EINVAL, 'buffer too small');
  }
  if (used > 0) buffer.copyIn(ENTRIES.subarray(0, used), 0);
  file.position = position;
  file.inode.accessed?.(file.dentry?.mount);
  notifyFile(file, IN_ACCESS);
  return used;
}
