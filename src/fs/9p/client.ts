/** A 9P2000.L session over a channel: one method per request, fid numbers, errors as errno. Linux: net/9p/client.c. */

import { EIO, EPROTONOSUPPORT, fail } from '../../abi/errno.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { bestEffort } from '../best-effort.ts';
import type { FileSystemStatistics, NinePChannel } from '../filesystem.ts';
import type { AttributeChange, DirectoryEntry, Timestamp } from '../inode.ts';
import { PAGE_SIZE } from '../page-frames.ts';
import * as message from './message.ts';

const { Request } = message;
const VERSION = '9P2000.L';
const NO_TAG = 0xffff;
const NO_FID = 0xffff_ffff;
/** Requests are synchronous: there is never a second one under way. */
const TAG = 1;
const GETATTR_BASIC = 0x7ff;

const SET_MODE = 1;
const SET_UID = 2;
const SET_GID = 4;
const SET_SIZE = 8;
const SET_ATIME = 0x10;
const SET_MTIME = 0x20;
const ATIME_GIVEN = 0x80;
const MTIME_GIVEN = 0x100;

const EPOCH: Timestamp = { seconds: 0, nanoseconds: 0 };

/** What Rgetattr tells. */
export interface RemoteAttributes {
  readonly qid: message.Qid;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly rdev: number;
  readonly size: number;
  readonly blocks: number;
  readonly atime: Timestamp;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;
}

export class NinePClient {
  private readonly channel: NinePChannel;
  /** Largest message that both sides take. */
  private messageBytes: number;
  /** Fid numbers that were clunked. */
  private readonly freeFids: number[] = [];
  private nextFid = 0;

  /** Opens the session. Throws EPROTONOSUPPORT, EIO. */
  constructor(channel: NinePChannel, wantedBytes: number) {
    this.channel = channel;
    this.messageBytes = Math.min(channel.maxMessageBytes, wantedBytes);
    const request = new Request(message.Tversion, NO_TAG, 4 + 2 + VERSION.length);
    const reply = this.send(request.u32(this.messageBytes).string(VERSION));
    const bytes = reply.u32();
    if (reply.string() !== VERSION) throw fail(EPROTONOSUPPORT, '9p version');
    if (bytes < 4096 || bytes > this.messageBytes) throw fail(EIO, '9p message size');
    this.messageBytes = bytes;
  }

  /** Bytes of data that one read or write can carry. */
  get payloadBytes(): number {
    return this.messageBytes - message.IO_HEADER_BYTES;
  }

  /** Fids in use. */
  get fidCount(): number {
    return this.nextFid - this.freeFids.length;
  }

  /** `room` where the reply may be longer than a page. */
  private send(request: InstanceType<typeof Request>, room?: number): message.Reply {
    const bytes = request.finish();
    return this.checked(bytes, this.channel.request(bytes, room));
  }

  private checked(bytes: Uint8Array, answer: Uint8Array): message.Reply {
    const reply = new message.Reply(answer);
    if (reply.type === message.Tlerror + 1) throw fail(reply.u32(), '9p server');
    if (reply.type !== (bytes[4] as number) + 1) throw fail(EIO, '9p reply of another type');
    return reply;
  }

  private takeFid(): number {
    return this.freeFids.pop() ?? this.nextFid++;
  }

  /** The fid of the tree's root. */
  attach(tree: string): number {
    const fid = this.takeFid();
    const request = new Request(message.Tattach, TAG, 8 + 2 + 4 + 2 + tree.length + 4);
    this.send(request.u32(fid).u32(NO_FID).string('root').string(tree).u32(0));
    return fid;
  }

  /** A new fid for `name` in the directory `fid`; for the file itself without a name. Throws ENOENT and what the server says. */
  walk(fid: number, name?: string): number {
    const newFid = this.takeFid();
    const length = name === undefined ? 0 : 2 + name.length;
    const request = new Request(message.Twalk, TAG, 10 + length).u32(fid).u32(newFid);
    if (name === undefined) request.u16(0);
    else request.u16(1).string(name);
    try {
      this.send(request);
    } catch (error) {
      this.freeFids.push(newFid);
      throw error;
    }
    return newFid;
  }

  /** The fid is no longer needed; the server forgets it even if it reports an error. */
  /** Whatever the server says, the fid is free afterwards (clunk(9)). */
  clunk(fid: number): void {
    this.freeFids.push(fid);
    bestEffort(() => this.send(new Request(message.Tclunk, TAG, 4).u32(fid)));
  }

  /** Open the file of `fid` itself; flags are Linux's O_*. */
  open(fid: number, flags: number): void {
    this.send(new Request(message.Tlopen, TAG, 8).u32(fid).u32(flags));
  }

  /** The directory's fid becomes the new, open file. Throws EEXIST. */
  create(fid: number, name: string, flags: number, mode: number, gid: number): void {
    const request = new Request(message.Tlcreate, TAG, 4 + 2 + name.length + 12);
    this.send(request.u32(fid).string(name).u32(flags).u32(mode).u32(gid));
  }

  mkdir(fid: number, name: string, mode: number, gid: number): void {
    const request = new Request(message.Tmkdir, TAG, 4 + 2 + name.length + 8);
    this.send(request.u32(fid).string(name).u32(mode).u32(gid));
  }

  mknod(fid: number, name: string, mode: number, major: number, minor: number, gid: number): void {
    const request = new Request(message.Tmknod, TAG, 4 + 2 + name.length + 16);
    this.send(request.u32(fid).string(name).u32(mode).u32(major).u32(minor).u32(gid));
  }

  symlink(fid: number, name: string, target: string, gid: number): void {
    const request = new Request(message.Tsymlink, TAG, 4 + 4 + name.length + target.length + 4);
    this.send(request.u32(fid).string(name).string(target).u32(gid));
  }

  readlink(fid: number): string {
    const request = new Request(message.Treadlink, TAG, 4).u32(fid);
    return this.send(request, message.LINK_REPLY_BYTES).string();
  }

  link(directory: number, fid: number, name: string): void {
    const request = new Request(message.Tlink, TAG, 8 + 2 + name.length);
    this.send(request.u32(directory).u32(fid).string(name));
  }

  /** flags: AT_REMOVEDIR. */
  unlink(directory: number, name: string, flags: number): void {
    const request = new Request(message.Tunlinkat, TAG, 8 + 2 + name.length);
    this.send(request.u32(directory).string(name).u32(flags));
  }

  rename(directory: number, name: string, newDirectory: number, newName: string): void {
    const request = new Request(message.Trenameat, TAG, 8 + 4 + name.length + newName.length);
    this.send(request.u32(directory).string(name).u32(newDirectory).string(newName));
  }

  getattr(fid: number): RemoteAttributes {
    const reply = this.send(new Request(message.Tgetattr, TAG, 12).u32(fid).u64(GETATTR_BASIC));
    reply.u64();
    const qid = reply.qid();
    const [mode, uid, gid] = [reply.u32(), reply.u32(), reply.u32()];
    const [nlink, rdev, size] = [reply.u64(), reply.u64(), reply.u64()];
    reply.u64();
    const blocks = reply.u64();
    const [atime, mtime, ctime] = [reply.time(), reply.time(), reply.time()];
    return { qid, mode, uid, gid, nlink, rdev, size, blocks, atime, mtime, ctime };
  }

  setattr(fid: number, change: AttributeChange): void {
    let valid = 0;
    if (change.mode !== undefined) valid |= SET_MODE;
    if (change.uid !== undefined) valid |= SET_UID;
    if (change.gid !== undefined) valid |= SET_GID;
    if (change.size !== undefined) valid |= SET_SIZE;
    if (change.atime !== undefined) valid |= SET_ATIME | ATIME_GIVEN;
    if (change.mtime !== undefined) valid |= SET_MTIME | MTIME_GIVEN;
    if (valid === 0) return;
    const request = new Request(message.Tsetattr, TAG, 4 * 5 + 8 + 16 * 2);
    request.u32(fid).u32(valid);
    request.u32((change.mode ?? 0) & 0o7777);
    request.u32(change.uid ?? 0).u32(change.gid ?? 0);
    request.u64(change.size ?? 0);
    this.send(request.time(change.atime ?? EPOCH).time(change.mtime ?? EPOCH));
  }

  fsync(fid: number, dataOnly: boolean): void {
    this.send(new Request(message.Tfsync, TAG, 8).u32(fid).u32(dataOnly ? 1 : 0));
  }

  /** As many entries behind `offset` as fit into one message; none at the end. */
  readdir(fid: number, offset: number): DirectoryEntry[] {
    const request = new Request(message.Treaddir, TAG, 16);
    request.u32(fid).u64(offset).u32(this.payloadBytes);
    const reply = this.send(request, this.messageBytes);
    reply.u32();
    const entries: DirectoryEntry[] = [];
    while (reply.rest > 0) {
      const { path } = reply.qid();
      const next = reply.u64();
      const type = reply.u8();
      entries.push({ name: reply.string(), ino: path, type, next });
    }
    return entries;
  }

  /** As many bytes as one message carries; 0 at the end of file. */
  read(fid: number, buffer: IoBuffer, done: number, offset: number): number {
    const count = Math.min(buffer.length - done, this.payloadBytes);
    const request = readRequest(fid, offset, count);
    const reply = this.send(request, count + message.IO_HEADER_BYTES);
    const data = reply.data(Math.min(reply.u32(), count));
    if (data.length > 0) buffer.copyIn(data, done);
    return data.length;
  }

  /** As read, into as many of the frames as one message fills; 0 also where the channel or its messages cannot do that. */
  readPages(fid: number, frames: readonly number[], offset: number): number {
    const most = Math.floor(this.payloadBytes / PAGE_SIZE);
    if (this.channel.readPages === undefined || most === 0) return 0;
    const into = frames.length > most ? frames.slice(0, most) : frames;
    const count = into.length * PAGE_SIZE;
    const bytes = readRequest(fid, offset, count).finish();
    return Math.min(this.checked(bytes, this.channel.readPages(bytes, into)).u32(), count);
  }

  write(fid: number, buffer: IoBuffer, done: number, offset: number): number {
    const count = Math.min(buffer.length - done, this.payloadBytes);
    const request = new Request(message.Twrite, TAG, 16 + count);
    request.u32(fid).u64(offset).u32(count);
    buffer.copyOut(request.space(count), done);
    return Math.min(this.send(request).u32(), count);
  }

  statfs(fid: number): FileSystemStatistics {
    const reply = this.send(new Request(message.Tstatfs, TAG, 4).u32(fid));
    const type = reply.u32();
    const blockSize = reply.u32();
    const [blocks, blocksFree, blocksAvailable] = [reply.u64(), reply.u64(), reply.u64()];
    const [files, filesFree] = [reply.u64(), reply.u64()];
    reply.u64();
    const nameLength = reply.u32();
    return {
      type,
      blockSize,
      blocks,
      blocksFree,
      blocksAvailable,
      files,
      filesFree,
      nameLength,
    };
  }
}

function readRequest(fid: number, offset: number, count: number): InstanceType<typeof Request> {
  return new Request(message.Tread, TAG, 16).u32(fid).u64(offset).u32(count);
}
