/** A node:fs-like object that lives in another thread, seen as SyncFs: each call is posted and waited for. */
import type { FileBackend } from './virtio/9p/backend.ts';
import { FolderBackend } from './virtio/9p/folder-backend.ts';
import {
  LINUX_OPEN_FLAGS,
  type SyncFs,
  type SyncStatFs,
  type SyncStats,
} from './virtio/9p/sync-fs.ts';

/**
 * The way to the other thread. Posts the call of a method by name, waits in Atomics.wait, and returns its result as plain
 * data. Throws an Error with node's `code` where the method threw. readSync gives { count, bytes }: the buffer that was
 * passed is a copy over there.
 */
export interface VolumeChannel {
  call(method: string, args: readonly unknown[]): unknown;
}

interface ReadAnswer {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Larger reads and writes are split by the guest anyway. */
const MAX_TRANSFER_BYTES = 512 * 1024;

/** Casts below trust the other end: it is the same program's api. */
class VolumeFs implements SyncFs {
  private readonly channel: VolumeChannel;

  constructor(channel: VolumeChannel) {
    this.channel = channel;
  }

  lstatSync(path: string, options: { bigint: true }): SyncStats {
    return this.channel.call('lstatSync', [path, options]) as SyncStats;
  }
  fstatSync(fd: number, options: { bigint: true }): SyncStats {
    return this.channel.call('fstatSync', [fd, options]) as SyncStats;
  }
  statfsSync(path: string): SyncStatFs {
    return this.channel.call('statfsSync', [path]) as SyncStatFs;
  }
  readdirSync(path: string): string[] {
    return this.channel.call('readdirSync', [path]) as string[];
  }
  readlinkSync(path: string): string {
    return this.channel.call('readlinkSync', [path]) as string;
  }
  openSync(path: string, flags: number, mode?: number): number {
    return this.channel.call('openSync', [path, flags, mode]) as number;
  }
  closeSync(fd: number): void {
    this.channel.call('closeSync', [fd]);
  }
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, at: number): number {
    const wanted = Math.min(length, MAX_TRANSFER_BYTES);
    const scratch = new Uint8Array(wanted);
    const answer = this.channel.call('readSync', [fd, scratch, 0, wanted, at]) as ReadAnswer;
    buffer.set(answer.bytes.subarray(0, answer.count), offset);
    return answer.count;
  }
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, at: number): number {
    const bytes = buffer.slice(offset, offset + Math.min(length, MAX_TRANSFER_BYTES));
    return this.channel.call('writeSync', [fd, bytes, 0, bytes.length, at]) as number;
  }
  fsyncSync(fd: number): void {
    this.channel.call('fsyncSync', [fd]);
  }
  fdatasyncSync(fd: number): void {
    this.channel.call('fdatasyncSync', [fd]);
  }
  mkdirSync(path: string, mode: number): unknown {
    return this.channel.call('mkdirSync', [path, mode]);
  }
  symlinkSync(target: string, path: string): void {
    this.channel.call('symlinkSync', [target, path]);
  }
  linkSync(existing: string, path: string): void {
    this.channel.call('linkSync', [existing, path]);
  }
  renameSync(from: string, to: string): void {
    this.channel.call('renameSync', [from, to]);
  }
  unlinkSync(path: string): void {
    this.channel.call('unlinkSync', [path]);
  }
  rmdirSync(path: string): void {
    this.channel.call('rmdirSync', [path]);
  }
  chmodSync(path: string, mode: number): void {
    this.channel.call('chmodSync', [path, mode]);
  }
  fchmodSync(fd: number, mode: number): void {
    this.channel.call('fchmodSync', [fd, mode]);
  }
  lchownSync(path: string, uid: number, gid: number): void {
    this.channel.call('lchownSync', [path, uid, gid]);
  }
  fchownSync(fd: number, uid: number, gid: number): void {
    this.channel.call('fchownSync', [fd, uid, gid]);
  }
  ftruncateSync(fd: number, size: number): void {
    this.channel.call('ftruncateSync', [fd, size]);
  }
  lutimesSync(path: string, atime: number, mtime: number): void {
    this.channel.call('lutimesSync', [path, atime, mtime]);
  }
  futimesSync(fd: number, atime: number, mtime: number): void {
    this.channel.call('futimesSync', [fd, atime, mtime]);
  }
}

/** The files of a volume behind a channel; `owner` is the user whose files appear as root's. */
export function volumeFolder(
  channel: VolumeChannel,
  isReadOnly: boolean,
  owner: { readonly uid: number; readonly gid: number },
): FileBackend {
  const fs = new VolumeFs(channel);
  return new FolderBackend(fs, { root: '', isReadOnly, flags: LINUX_OPEN_FLAGS, owner });
}
