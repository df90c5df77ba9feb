/** 9p: a tree that a server shares, here a folder or volume of the host. Linux: fs/9p; mount options as there. */

import { EINVAL, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFMT } from '../../abi/stat.ts';
import type {
  FileSystem,
  FileSystemContext,
  FileSystemMemory,
  FileSystemStatistics,
  FileSystemType,
  NinePChannel,
} from '../filesystem.ts';
import { memoryUseOf } from '../memory-use.ts';
import { parseNumber, parseOptions } from '../mount-options.ts';
import { evictPages } from '../page-eviction.ts';
import { NinePClient, type RemoteAttributes } from './client.ts';
import { NinePInode } from './ninep-inode.ts';

const DEFAULT_MESSAGE_BYTES = 131_072 + 4096;
/** Options that are accepted and change nothing here. */
const IGNORED_OPTIONS = new Set(['trans', 'version', 'cache', 'access', 'uname', 'dfltuid']);
/** Fids kept for files that are not open; the least recently used are clunked beyond that. */
const MAX_IDLE_FIDS = 512;

export class NineP implements FileSystem {
  readonly type: FileSystemType = ninep;
  readonly context: FileSystemContext;
  readonly client: NinePClient;
  private readonly channel: NinePChannel;
  readonly root: NinePInode;
  device = 0;
  isReadOnly: boolean;
  /** By qid path, so that a file is one object under all its names. */
  private readonly inodes = new Map<number, NinePInode>();
  /** Inodes that have a fid, least recently used first; the root is not among them. */
  private readonly withFid = new Set<NinePInode>();

  constructor(source: string, options: string, isReadOnly: boolean, context: FileSystemContext) {
    let tree = '';
    let messageBytes = DEFAULT_MESSAGE_BYTES;
    for (const [name, value] of parseOptions(options)) {
      if (name === 'aname') tree = value;
      else if (name === 'msize') messageBytes = Math.max(4096, parseNumber(value, 10));
      else if (!IGNORED_OPTIONS.has(name)) throw fail(EINVAL, `9p option ${name}`);
    }
    this.context = context;
    this.isReadOnly = isReadOnly;
    this.channel = context.channel(source);
    this.client = new NinePClient(this.channel, messageBytes);
    const fid = this.client.attach(tree);
    this.root = new NinePInode(this, this.client.getattr(fid), undefined, '');
    this.root.fid = fid;
    this.inodes.set(this.root.ino, this.root);
  }

  /** The inode of a file that was just walked to; takes over `fid`. */
  adopt(fid: number, parent: NinePInode, name: string): NinePInode {
    let attributes: RemoteAttributes;
    try {
      attributes = this.client.getattr(fid);
    } catch (error) {
      this.client.clunk(fid);
      throw error;
    }
    const known = this.inodes.get(attributes.qid.path);
    if (known !== undefined && ((known.mode ^ attributes.mode) & S_IFMT) === 0) {
      known.update(attributes);
      // The fid by which it was known may lead nowhere by now: the host may have renamed it.
      this.takeFid(known);
      known.moveTo(parent, name);
      this.giveFid(known, fid);
      return known;
    }
    const inode = new NinePInode(this, attributes, parent, name);
    this.inodes.set(inode.ino, inode);
    this.giveFid(inode, fid);
    return inode;
  }

  giveFid(inode: NinePInode, fid: number): void {
    inode.fid = fid;
    this.withFid.add(inode);
    if (this.withFid.size <= MAX_IDLE_FIDS) return;
    for (const oldest of this.withFid) {
      // An open file without a name can be reached by its fid only.
      if (oldest.references > 0 || oldest === inode) continue;
      this.takeFid(oldest);
      if ((oldest.mode & S_IFMT) === S_IFDIR) break;
      oldest.pages?.clear();
      this.inodes.delete(oldest.ino);
      break;
    }
  }

  /** The fid was used: it is the last to be clunked. */
  used(inode: NinePInode): void {
    if (this.withFid.delete(inode)) this.withFid.add(inode);
  }

  private takeFid(inode: NinePInode): void {
    this.withFid.delete(inode);
    const { fid } = inode;
    inode.fid = undefined;
    if (fid !== undefined) this.client.clunk(fid);
  }

  /** The file has neither name nor user. */
  forget(inode: NinePInode): void {
    inode.pages?.clear();
    this.takeFid(inode);
    if (this.inodes.get(inode.ino) === inode) this.inodes.delete(inode.ino);
  }

  statistics(): FileSystemStatistics {
    return this.client.statfs(this.root.reachFid());
  }

  sync(): void {
    for (const inode of this.inodes.values()) inode.pages?.sync();
  }

  cachedFiles(): Iterable<NinePInode> {
    return this.inodes.values();
  }

  memoryUse(): FileSystemMemory {
    return memoryUseOf(this.inodes.values());
  }

  reclaim(count: number): number {
    let released = 0;
    for (const inode of this.inodes.values()) {
      if (released >= count) break;
      if (inode.pages) released += evictPages(inode.pages, count - released);
    }
    return released;
  }

  unmount(): void {
    for (const inode of [...this.inodes.values()]) {
      inode.closePages();
      if (inode !== this.root) this.forget(inode);
    }
    this.inodes.clear();
    this.takeFid(this.root);
    this.channel.mounted = undefined;
  }
}

export const ninep: FileSystemType = {
  name: '9p',
  requiresDevice: false,
  mount(source, options, isReadOnly, context): FileSystem {
    const channel = context.channel(source);
    // A second session would end the first one: Tversion clunks all fids.
    return (channel.mounted ??= new NineP(source, options, isReadOnly, context));
  },
};
