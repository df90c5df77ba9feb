/** What the keys of a user count: keyrings(7), "/proc/key-users". Linux: struct key_user. */
import { EDQUOT, fail } from '../../abi/errno.ts';
import type { Slab } from '../mm/slab.ts';

/** /proc/sys/kernel/keys. */
export class KeyLimits {
  maxkeys = 200;
  maxbytes = 20_000;
  root_maxkeys = 1_000_000;
  root_maxbytes = 25_000_000;
  /** Seconds that an expired key stays. */
  gc_delay = 300;
}

export class KeyAccount {
  // immutable
  readonly uid: number;
  private readonly limits: KeyLimits;
  private readonly slab: Slab;

  keys = 0;
  bytes = 0;

  constructor(uid: number, limits: KeyLimits, slab: Slab) {
    this.uid = uid;
    this.slab = slab;
    this.limits = limits;
  }

  get maxKeys(): number {
    return this.uid === 0 ? this.limits.root_maxkeys : this.limits.maxkeys;
  }

  get maxBytes(): number {
    return this.uid === 0 ? this.limits.root_maxbytes : this.limits.maxbytes;
  }

  /** What is in keys costs the guest's memory, too. Throws EDQUOT when that is more than it may be, ENOMEM. */
  add(keys: number, bytes: number): void {
    const isMore = keys > 0 || bytes > 0;
    if (isMore && (this.keys + keys > this.maxKeys || this.bytes + bytes > this.maxBytes))
      throw fail(EDQUOT, 'quota of keys');
    if (bytes > 0) this.slab.charge(bytes);
    else if (bytes < 0) this.slab.discharge(-bytes);
    this.keys += keys;
    this.bytes += bytes;
  }
}
