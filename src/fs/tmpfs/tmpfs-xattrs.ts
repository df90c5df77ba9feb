/** Extended attributes of a file in memory. */
import { ENOSPC, fail } from '../../abi/errno.ts';
import type { ExtendedAttributes } from '../inode.ts';

/** All attributes of one file may have so many bytes: they are not in frames of the guest. */
const MAX_BYTES = 65536 + 4096;

export class TmpfsAttributes implements ExtendedAttributes {
  private readonly values = new Map<string, Uint8Array>();
  private bytes = 0;

  get(name: string): Uint8Array | undefined {
    return this.values.get(name);
  }

  names(): string[] {
    return [...this.values.keys()];
  }

  set(name: string, value: Uint8Array | undefined): void {
    const before = this.values.get(name);
    const freed = before === undefined ? 0 : name.length + before.length;
    const wanted = value === undefined ? 0 : name.length + value.length;
    if (this.bytes - freed + wanted > MAX_BYTES) throw fail(ENOSPC, 'attributes');
    this.bytes += wanted - freed;
    if (value === undefined) this.values.delete(name);
    else this.values.set(name, value);
  }
}
