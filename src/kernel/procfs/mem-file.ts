/** /proc/<pid>/mem: the memory of a process as a file: proc_pid_mem(5). Linux: mem_rw of fs/proc/base.c. */
import { EIO, fail, KernelError } from '../../abi/errno.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import type { Inode } from '../../fs/inode.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { KernelFile } from '../kernel-file.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import { forcedAccess } from '../mm/forced-access.ts';

/** The memory that the process had when it was opened: exec gives it another. */
export class MemFile extends KernelFile {
  override readonly isSeekable = true;
  private readonly space: AddressSpace | undefined;

  constructor(space: AddressSpace | undefined, inode: Inode, flags: number) {
    super(inode, flags);
    this.space = space;
  }

  poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
  }

  override read(buffer: IoBuffer, offset: number): number {
    return this.move(buffer.length, offset, false, (bytes, done) => buffer.copyIn(bytes, done));
  }

  /** Also where the process itself may not write: private pages are copied, as for a debugger's break points. */
  override write(buffer: IoBuffer, offset: number): number {
    return this.move(buffer.length, offset, true, (bytes, done) => buffer.copyOut(bytes, done));
  }

  /** Up to the first page that is not there; throws EIO if that is the first. 0 once the process has exited. */
  private move(
    length: number,
    offset: number,
    isWrite: boolean,
    copy: (bytes: Uint8Array, done: number) => void,
  ): number {
    const { space } = this;
    if (!space || space.users <= 0) return 0;
    let done = 0;
    while (done < length) {
      const at = offset + done;
      const count = Math.min(PAGE_SIZE - (at % PAGE_SIZE), length - done);
      const before = done;
      try {
        // Copied to the kernel first: the access may be to the caller's own memory.
        const bytes = new Uint8Array(count);
        if (isWrite) copy(bytes, before);
        forcedAccess(space, at, isWrite, (memory) => {
          if (isWrite) memory.subarray(0, count).set(bytes);
          else bytes.set(memory.subarray(0, count));
        });
        if (!isWrite) copy(bytes, before);
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
        if (done > 0) return done;
        throw fail(EIO, `memory at 0x${at.toString(16)}`);
      }
      done += count;
    }
    return done;
  }
}
