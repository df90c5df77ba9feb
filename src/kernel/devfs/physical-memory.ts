/** /dev/mem: mem(4), as Linux gives it with CONFIG_STRICT_DEVMEM. Linux: drivers/char/mem.c. */
import { EFAULT, EPERM, fail } from '../../abi/errno.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import type { Inode } from '../../fs/inode.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { CAP_SYS_RAWIO } from '../credentials.ts';
import type { Kernel } from '../kernel.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';

/**
 * Positions are physical addresses. RAM is shown to nobody (EPERM); registers of devices are below it, where the kernel has no
 * addresses for a read to use, so that is EFAULT, here as on Linux's riscv64. Linux differs: it maps registers by mmap(2).
 */
export class PhysicalMemoryFile extends KernelFile {
  override readonly isSeekable = true;
  private readonly kernel: Kernel;

  constructor(kernel: Kernel, inode: Inode, flags: number) {
    super(inode, flags);
    this.kernel = kernel;
  }

  poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
  }

  override read(buffer: IoBuffer, offset: number): number {
    return this.transfer(buffer, offset);
  }

  override write(buffer: IoBuffer, offset: number): number {
    return this.transfer(buffer, offset);
  }

  private transfer({ length }: IoBuffer, offset: number): number {
    const { base, size } = this.kernel.arch.ram;
    if (offset + length > base + size) throw fail(EFAULT, 'behind the end of memory');
    if (length === 0) return 0;
    if (offset < base) throw fail(EFAULT, 'registers of devices');
    throw fail(EPERM, 'RAM');
  }
}

/** Without a task the kernel itself asks. Throws EPERM. */
export function openPhysicalMemory(
  kernel: Kernel,
  task: Task | undefined,
  inode: Inode,
  flags: number,
): PhysicalMemoryFile {
  if (task?.credentials.hasCapability(CAP_SYS_RAWIO) === false) throw fail(EPERM, 'CAP_SYS_RAWIO');
  return new PhysicalMemoryFile(kernel, inode, flags);
}
