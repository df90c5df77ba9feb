/** A version of a cowfs: the live one, or a snapshot. */
import { EROFS, ESTALE, EUCLEAN, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFMT } from '../../abi/stat.ts';
import type { CowContent } from './cow-content.ts';
import { CowInode } from './cow-inode.ts';
import type { Cowfs } from './cowfs.ts';
import type { InodeRecord } from './inode-record.ts';
import { CowInodeTable, ROOT_INO } from './inode-table.ts';
import type { TreeRoot } from './superblock.ts';

export class CowView {
  readonly fs: Cowfs;
  /** 0: the live version. */
  readonly id: number;
  readonly table: CowInodeTable;
  /** Those in memory, by number. */
  readonly inodes = new Map<number, CowInode>();
  /** The snapshot was removed. */
  isGone = false;

  constructor(fs: Cowfs, id: number, tree: TreeRoot) {
    this.fs = fs;
    this.id = id;
    this.table = new CowInodeTable(fs.store, tree);
  }

  get isSnapshot(): boolean {
    return this.id !== 0;
  }

  /** Throws ESTALE. */
  check(): void {
    if (this.isGone) throw fail(ESTALE, 'cowfs: removed snapshot');
  }

  /** Something of it changes. Throws EROFS, EIO. */
  begin(): void {
    if (this.isSnapshot) throw fail(EROFS, 'cowfs: snapshot');
    this.fs.begin();
  }

  get root(): CowInode {
    const root = this.inode(ROOT_INO);
    if (!root.isDirectory) throw fail(EUCLEAN, 'cowfs: its root');
    return root;
  }

  /** Throws ESTALE for a number that nobody has, EIO. */
  inode(number: number): CowInode {
    const known = this.inodes.get(number);
    if (known !== undefined) return known;
    this.check();
    const record = this.table.read(number);
    if (record === undefined) throw fail(ESTALE, `cowfs: inode ${number}`);
    return this.add(number, record);
  }

  private add(number: number, record: InodeRecord): CowInode {
    const inode = new CowInode(this, number, record);
    this.inodes.set(number, inode);
    return inode;
  }

  /** `parent`: number of the directory that it is for. */
  create(mode: number, uid: number, gid: number, parent: number): CowInode {
    const number = this.table.allocate();
    const now = this.fs.context.now();
    const times = { atime: now, mtime: now, ctime: now, btime: now };
    const inode = this.add(number, {
      mode,
      uid,
      gid,
      nlink: 1,
      size: 0,
      rdev: 0,
      fileFlags: 0,
      generation: this.fs.superblock.generation % 2 ** 32,
      height: 0,
      ...times,
      root: undefined,
      attributes: undefined,
      sectors: 0,
      parent: (mode & S_IFMT) === S_IFDIR ? parent : 0,
    });
    inode.touch();
    return inode;
  }

  /** An inode has neither names nor users, and its blocks are released. */
  removed(inode: CowContent): void {
    this.table.write(inode.number, undefined);
    this.table.free.push(inode.number);
    this.inodes.delete(inode.number);
    this.fs.dirty.delete(inode);
    this.fs.owing.delete(inode);
  }

  letGo(inode: CowInode): void {
    if (!inode.isIdle || inode.number === ROOT_INO || inode.nlink === 0) return;
    inode.pages?.clear();
    this.inodes.delete(inode.number);
  }

  /** Memory is short: returns how many inodes went. */
  shrink(): number {
    const before = this.inodes.size;
    for (const inode of [...this.inodes.values()]) {
      inode.shrink();
      this.letGo(inode);
    }
    this.table.shrink();
    return before - this.inodes.size;
  }
}
