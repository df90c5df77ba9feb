/** A file of an xv6 disk. xv6 book, sections 8.8 to 8.12; kernel/fs.c. Owners, modes and times are not kept there. */

import { direntType } from '../../abi/dirent.ts';
import {
  EEXIST,
  EMLINK,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  fail,
} from '../../abi/errno.ts';
import { RENAME_EXCHANGE } from '../../abi/fcntl.ts';
import { S_IFCHR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import { panic } from '../../lib/panic.ts';
import { applyAttributes } from '../attributes.ts';
import type { CachedBlock } from '../ext4/block-cache.ts';
import type { AttributeChange, DirectoryEntry, Inode } from '../inode.ts';
import { T_DEVICE, T_DIR, T_FILE } from './disk-inode.ts';
import { BLOCK_BYTES } from './superblock.ts';
import { Xv6Content } from './xv6-content.ts';

const NAME_BYTES = 14;
const ENTRY_BYTES = 16;
const MAX_LINKS = 32_767;

export class Xv6Inode extends Xv6Content {
  private *entries(): Generator<{ ino: number; name: string; slot: number }> {
    if (!this.isDirectory) throw fail(ENOTDIR, 'xv6');
    for (let slot = 0; slot < this.size / ENTRY_BYTES; slot++) {
      const place = this.slot(slot);
      if (place === undefined) continue;
      const { block, at } = place;
      const ino = block.view.getUint16(at, true);
      const raw = block.bytes.subarray(at + 2, at + ENTRY_BYTES);
      const end = raw.indexOf(0);
      const name = fromBytes(raw, 0, end < 0 ? NAME_BYTES : end);
      if (ino !== 0 && name !== '' && !name.includes('/')) yield { ino, name, slot };
    }
  }

  private slot(slot: number): { block: CachedBlock; at: number } | undefined {
    const offset = slot * ENTRY_BYTES;
    const number = this.map(Math.floor(offset / BLOCK_BYTES));
    return number === 0
      ? undefined
      : { block: this.fs.cache.read(number), at: offset % BLOCK_BYTES };
  }

  private find(name: string): { ino: number; slot: number } | undefined {
    for (const entry of this.entries()) if (entry.name === name) return entry;
    return undefined;
  }

  private put(slot: number, ino: number, name: string): void {
    this.ensure(Math.floor((slot * ENTRY_BYTES) / BLOCK_BYTES));
    const { block, at } = this.slot(slot) ?? panic('a slot that was just made');
    block.bytes.fill(0, at, at + ENTRY_BYTES);
    block.view.setUint16(at, ino, true);
    if (ino !== 0) block.bytes.set(toBytes(name), at + 2);
    block.markDirty();
    this.grow((slot + 1) * ENTRY_BYTES);
    this.contentChanged();
  }

  /** Enter a name in the first free slot. Throws ENAMETOOLONG, EEXIST, ENOSPC. */
  enter(name: string, ino: number): void {
    if (name.length > NAME_BYTES) throw fail(ENAMETOOLONG, name);
    if (this.find(name)) throw fail(EEXIST, name);
    const used = new Set([...this.entries()].map(({ slot }) => slot));
    let slot = 0;
    while (used.has(slot)) slot++;
    this.put(slot, ino, name);
  }

  private child(name: string): { inode: Xv6Inode; slot: number } {
    const found = this.find(name);
    if (!found) throw fail(ENOENT, name);
    return { inode: this.fs.inodeByNumber(found.ino), slot: found.slot };
  }

  override lookup(name: string): Inode | undefined {
    const found = this.find(name);
    return found && this.fs.inodeByNumber(found.ino);
  }

  override create(name: string): Inode {
    return this.make(name, T_FILE, 0);
  }

  override mkdir(name: string): Inode {
    if (this.nlink >= MAX_LINKS) throw fail(EMLINK, name);
    return this.make(name, T_DIR, 0);
  }

  override mknod(name: string, mode: number, rdev: number): Inode {
    const type = mode & S_IFMT;
    if (type === S_IFREG) return this.create(name);
    if (type !== S_IFCHR) throw fail(EPERM, 'xv6 has files, directories and devices');
    return this.make(name, T_DEVICE, rdev);
  }

  private make(name: string, type: number, rdev: number): Xv6Inode {
    if (name.length > NAME_BYTES) throw fail(ENAMETOOLONG, name);
    if (this.nlink === 0) throw fail(ENOENT, 'removed directory');
    this.fs.begin();
    const made = this.fs.allocateInode(type, rdev);
    try {
      if (type === T_DIR) {
        made.put(0, made.ino, '.');
        made.put(1, this.ino, '..');
      }
      this.enter(name, made.ino);
    } catch (error) {
      made.nlink = 0;
      made.free();
      throw error;
    }
    if (type === T_DIR) this.addLinks(1);
    return made;
  }

  private addLinks(count: number): void {
    this.nlink += count;
    this.store();
  }

  override link(name: string, target: Inode): void {
    const inode = own(target);
    if (inode.isDirectory) throw fail(EPERM, 'link to a directory');
    if (inode.nlink >= MAX_LINKS) throw fail(EMLINK, name);
    this.fs.begin();
    this.enter(name, inode.ino);
    inode.addLinks(1);
  }

  override unlink(name: string): void {
    const { inode, slot } = this.child(name);
    if (inode.isDirectory) throw fail(EPERM, 'unlink of a directory');
    this.fs.begin();
    this.put(slot, 0, '');
    inode.addLinks(-1);
  }

  override rmdir(name: string): void {
    const { inode, slot } = this.child(name);
    inode.requireEmpty();
    this.fs.begin();
    this.put(slot, 0, '');
    inode.nlink = 0;
    inode.store();
    this.addLinks(-1);
  }

  private requireEmpty(): void {
    for (const { name } of this.entries())
      if (name !== '.' && name !== '..') throw fail(ENOTEMPTY, name);
  }

  override rename(oldName: string, newParent: Inode, newName: string, flags: number): void {
    if ((flags & RENAME_EXCHANGE) !== 0) throw fail(EPERM, 'exchange on xv6');
    const to = own(newParent);
    const { inode: moved, slot } = this.child(oldName);
    if (newName.length > NAME_BYTES) throw fail(ENAMETOOLONG, newName);
    const target = to.find(newName);
    const replaced = target && this.fs.inodeByNumber(target.ino);
    if (replaced === moved) return;
    if (replaced?.isDirectory) replaced.requireEmpty();
    this.fs.begin();
    if (target && replaced) {
      to.put(target.slot, moved.ino, newName);
      if (replaced.isDirectory) to.addLinks(-1);
      replaced.nlink = replaced.isDirectory ? 0 : replaced.nlink - 1;
      replaced.store();
    } else {
      to.enter(newName, moved.ino);
    }
    this.put(slot, 0, '');
    if (!moved.isDirectory || to === this) return;
    moved.put(1, to.ino, '..');
    this.addLinks(-1);
    to.addLinks(1);
  }

  override readdir(from: number, limit: number): DirectoryEntry[] {
    const listed: DirectoryEntry[] = [];
    if (this.isDirectory && this.nlink === 0) return listed;
    for (const { ino, name, slot } of this.entries()) {
      if (listed.length >= limit) break;
      if (slot < from) continue;
      listed.push({ name, ino, type: direntType(this.fs.inodeByNumber(ino).mode), next: slot + 1 });
    }
    return listed;
  }

  /** Sizes are kept; modes, owners and times for as long as it is in memory. */
  override setAttributes(change: AttributeChange): void {
    this.fs.begin();
    if (change.size !== undefined && this.pages) this.resize(change.size);
    applyAttributes(this, change, this.fs.context.now());
  }

  override sync(_dataOnly: boolean): void {
    if (this.isFreed || this.fs.isReadOnly) return;
    this.pages?.sync();
    this.fs.commit();
  }

  uncached(): void {
    if (this.references === 0 && this.nlink > 0) this.fs.forget(this);
  }

  override evict(): void {
    if (this.isFreed || this.fs.isReadOnly) return;
    this.fs.begin();
    this.free();
  }

  /** Neither name nor user is left. */
  private free(): void {
    this.isFreed = true;
    this.pages?.clear();
    this.release(0);
    this.size = 0;
    this.fs.freeInode(this);
  }
}

function own(inode: Inode): Xv6Inode {
  return inode instanceof Xv6Inode ? inode : panic('inode of another file system');
}
