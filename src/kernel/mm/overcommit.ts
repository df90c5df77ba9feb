/**
 * How much memory may be promised: /proc/sys/vm/overcommit_memory. Linux: __vm_enough_memory, mm/util.c. Promised are
 * the pages of private writable mappings (VM_ACCOUNT), at once; and those of tmpfs and shared memory, one by one as they
 * come into being.
 */
import { ENOMEM, fail } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import type { Kernel } from '../kernel.ts';
import type { AddressSpace } from './address-space.ts';

export const OVERCOMMIT_GUESS = 0;
const OVERCOMMIT_ALWAYS = 1;
export const OVERCOMMIT_NEVER = 2;

const KB_PER_PAGE = PAGE_SIZE / 1024;
/** vm.admin_reserve_kbytes is at most 8 MiB, user_reserve_kbytes 128 MiB; both 1/32 of memory if that is less. */
const ADMIN_RESERVE_KB = 8192;
const USER_RESERVE_KB = 131_072;
const RESERVE_SHARE = 32;

export class Overcommit {
  /** vm.overcommit_memory: 0 refuses what could never be there, 1 nothing, 2 what passes the limit. */
  mode = OVERCOMMIT_GUESS;
  /** vm.overcommit_ratio, percent of memory; counts while `kilobytes` is 0. */
  ratio = 50;
  /** vm.overcommit_kbytes. */
  kilobytes = 0;
  adminReserveKilobytes: number;
  userReserveKilobytes: number;
  /** Pages of mappings with VM_ACCOUNT. */
  accounted = 0;
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    const share = Math.floor((kernel.frames.total * KB_PER_PAGE) / RESERVE_SHARE);
    this.adminReserveKilobytes = Math.min(share, ADMIN_RESERVE_KB);
    this.userReserveKilobytes = Math.min(share, USER_RESERVE_KB);
  }

  /** Committed_AS, in pages. */
  get committed(): number {
    return this.accounted + this.kernel.vfs.sharedPages();
  }

  /** CommitLimit, in pages. */
  get limit(): number {
    if (this.kilobytes !== 0)
      return Math.floor(this.kilobytes / KB_PER_PAGE) + this.kernel.swap.total;
    const { frames, swap } = this.kernel;
    return Math.floor((frames.total * this.ratio) / 100) + swap.total;
  }

  /** Throws ENOMEM if `pages` more, `most` of them of one mapping, may not be promised to `space`, undefined for a shared object. */
  check(space: AddressSpace | undefined, pages: number, most = pages): void {
    if (this.mode === OVERCOMMIT_ALWAYS) return;
    if (this.mode === OVERCOMMIT_GUESS) {
      if (most > this.kernel.frames.total + this.kernel.swap.total)
        throw fail(ENOMEM, 'more than all memory');
      return;
    }
    let allowed = this.limit;
    const { current } = this.kernel;
    if (current && !current.credentials.hasCapability(CAP_SYS_ADMIN))
      allowed -= Math.floor(this.adminReserveKilobytes / KB_PER_PAGE);
    if (space)
      allowed -= Math.min(
        Math.floor(space.counters.mappedPages / RESERVE_SHARE),
        Math.floor(this.userReserveKilobytes / KB_PER_PAGE),
      );
    if (this.committed + pages >= allowed) throw fail(ENOMEM, 'CommitLimit');
  }
}
