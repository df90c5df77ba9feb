/** Extended attributes of a file in memory. */
import { ENOSPC, fail } from '../../abi/errno.ts';
import type { FileSystemContext } from '../filesystem.ts';
import type { ExtendedAttributes } from '../inode.ts';

/** All attributes of one file may have so many bytes. */
const MAX_BYTES = 65536 + 4096;

export class TmpfsAttributes implements ExtendedAttributes {
  private readonly values = new Map<string, Uint8Array>();
  private readonly context: FileSystemContext;
  private bytes = 0;

  constructor(context: FileSystemContext) {
    this.context = context;
  }

  get(name: string): Uint8Array | undefined {
    return this.values.get(name);
  }

  names(): string[] {
    return [...this.values.keys()];
  }

  /** The file is gone. */
  clear(): void {
    this.values.clear();
    this.context.charge?.(-this.bytes);
    this.bytes = 0;
  }

  set(name: string, value: Uint8Array | undefined): void {
    const before = this.values.get(name);
    const freed = before === undefined ? 0 : name.length + before.length;
    const wanted = value === undefined ? 0 : name.length + value.length;
    if (this.bytes - freed + wanted > MAX_BYTES) throw fail(ENOSPC, 'attributes');
    this.context.charge?.(wanted - freed);
    this.bytes += wanted - freed;
    if (value === undefined) this.values.delete(name);
    else this.values.set(name, value);
  }
}
