/** Extended attributes of a file in memory: they use the space of inodes (nr_inodes=), as Linux's do since 6.6. */
import type { ExtendedAttributes } from '../inode.ts';
import type { Tmpfs } from './tmpfs.ts';

/** What an attribute takes besides its name, the NUL behind it, and its value: simple_xattr_space() in fs/xattr.c. */
const HEADER_BYTES = 40;

export class TmpfsAttributes implements ExtendedAttributes {
  private readonly values = new Map<string, Uint8Array>();
  private readonly fs: Tmpfs;

  constructor(fs: Tmpfs) {
    this.fs = fs;
  }

  get(name: string): Uint8Array | undefined {
    return this.values.get(name);
  }

  names(): string[] {
    return [...this.values.keys()];
  }

  /** The file is gone. */
  clear(): void {
    for (const name of this.names()) this.set(name, undefined);
  }

  /** As on Linux, what is replaced goes after the new value has found its place. */
  set(name: string, value: Uint8Array | undefined): void {
    const before = this.values.get(name);
    if (value !== undefined) this.take(spaceOf(name, value));
    if (before !== undefined) this.take(-spaceOf(name, before));
    if (value === undefined) this.values.delete(name);
    else this.values.set(name, value);
  }

  /** Throws ENOSPC, ENOMEM. */
  private take(bytes: number): void {
    this.fs.takeInodeSpace(bytes);
    try {
      this.fs.context.charge?.(bytes);
    } catch (error) {
      this.fs.takeInodeSpace(-bytes);
      throw error;
    }
  }
}

function spaceOf(name: string, value: Uint8Array): number {
  return HEADER_BYTES + name.length + 1 + value.length;
}
