/** inotify(7): watches on inodes, and the file that their events are read from. */
import { EAGAIN, EEXIST, EINVAL, EMFILE, ENOSPC, fail } from '../abi/errno.ts';
import { FAN_OPEN_EXEC } from '../abi/fanotify.ts';
import {
  IN_ALL_EVENTS,
  IN_EXCL_UNLINK,
  IN_IGNORED,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_ONESHOT,
  IN_Q_OVERFLOW,
  IN_UNMOUNT,
  InotifyEvent,
} from '../abi/inotify.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { FIONREAD } from '../abi/termios.ts';
import type { FileSystem } from '../fs/filesystem.ts';
import type { Inode } from '../fs/inode.ts';
import { type InodeWatch, kindOf } from '../fs/notify.ts';
import { drop, hold } from '../fs/references.ts';
import { toBytes } from '../lib/bytes.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { Result } from './block.ts';
import { KernelFile } from './kernel-file.ts';
import type { KernelObjects, ObjectCount } from './kernel-objects.ts';
import type { Task } from './task.ts';

const MAX_WD = 0x7fff_ffff;
/** Names are padded to a multiple of the event's size. */
const NAME_ALIGN = InotifyEvent.size;
/** Told whether asked for or not. */
const UNASKED = IN_IGNORED | IN_UNMOUNT;

/** Limits of /proc/sys/fs/inotify, and what counts against them. The kernel has one. */
export class Inotify {
  maxQueuedEvents = 16384;
  maxUserInstances = 128;
  maxUserWatches = 65536;
  readonly watches = new Set<Watch>();
  private lastCookie = 0;
  private readonly instancesOf = new Map<number, number>();
  private readonly watchesOf = new Map<number, number>();
  private readonly objects: KernelObjects;

  constructor(objects: KernelObjects) {
    this.objects = objects;
  }

  /** Events of all instances that wait to be read. */
  get events(): ObjectCount {
    return this.objects.events;
  }

  /** Throws EMFILE. */
  openInstance(uid: number): void {
    if (!count(this.instancesOf, uid, this.maxUserInstances)) throw fail(EMFILE, 'instances');
  }

  closeInstance(uid: number): void {
    uncount(this.instancesOf, uid);
  }

  nextCookie(): number {
    this.lastCookie = (this.lastCookie + 1) >>> 0;
    return this.lastCookie;
  }

  /** Throws ENOMEM, ENOSPC. */
  add(watch: Watch, uid: number): void {
    this.objects.marks.add();
    if (!count(this.watchesOf, uid, this.maxUserWatches)) {
      this.objects.marks.remove();
      throw fail(ENOSPC, 'watches');
    }
    this.watches.add(watch);
  }

  remove(watch: Watch, uid: number): void {
    uncount(this.watchesOf, uid);
    this.objects.marks.remove();
    this.watches.delete(watch);
  }

  /** An instance of a file system is gone. */
  unmounted(fs: FileSystem): void {
    for (const watch of [...this.watches]) if (watch.inode.fs === fs) watch.unmounted();
  }
}

function count(counts: Map<number, number>, uid: number, limit: number): boolean {
  const now = counts.get(uid) ?? 0;
  if (now >= limit) return false;
  counts.set(uid, now + 1);
  return true;
}

function uncount(counts: Map<number, number>, uid: number): void {
  const left = (counts.get(uid) ?? 1) - 1;
  if (left === 0) counts.delete(uid);
  else counts.set(uid, left);
}

export class Watch implements InodeWatch {
  readonly file: InotifyFile;
  readonly inode: Inode;
  readonly wd: number;
  mask: number;

  constructor(file: InotifyFile, inode: Inode, wd: number, mask: number) {
    this.file = file;
    this.inode = inode;
    this.wd = wd;
    this.mask = mask;
  }

  notify(events: number, cookie: number, name: string | undefined, isUnlinked: boolean): void {
    if (((events & IN_ALL_EVENTS & this.mask) | (events & UNASKED)) === 0) return;
    if (isUnlinked && (this.mask & IN_EXCL_UNLINK) !== 0) return;
    this.file.queueEvent(this.wd, events & ~FAN_OPEN_EXEC, cookie, name ?? '');
    if ((this.mask & IN_ONESHOT) !== 0 && (events & IN_ALL_EVENTS) !== 0) this.file.end(this);
  }

  nextCookie(): number {
    return this.file.owner.nextCookie();
  }

  inodeGone(): void {
    this.file.end(this);
  }

  unmounted(): void {
    this.file.queueEvent(this.wd, IN_UNMOUNT | kindOf(this.inode), 0, '');
    this.file.end(this);
  }
}

interface QueuedEvent {
  readonly wd: number;
  readonly events: number;
  readonly cookie: number;
  readonly name: string;
}

function sizeOf({ name }: QueuedEvent): number {
  if (name === '') return InotifyEvent.size;
  return InotifyEvent.size + Math.ceil((name.length + 1) / NAME_ALIGN) * NAME_ALIGN;
}

/** Of a watch, in fdinfo. */
const SHOWN = IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK;

export class InotifyFile extends KernelFile {
  override readonly hasFixedPosition = true;
  readonly owner: Inotify;
  /** Whom it and its watches count for. */
  private readonly uid: number;
  private readonly watches = new Map<number, Watch>();
  private readonly byInode = new Map<Inode, Watch>();
  private readonly events: QueuedEvent[] = [];
  private readonly queue = new WaitQueue();
  private nextWd = 1;

  /** Throws EMFILE. */
  constructor(inode: Inode, flags: number, owner: Inotify, uid: number) {
    owner.openInstance(uid);
    super(inode, flags);
    this.owner = owner;
    this.uid = uid;
  }

  override get waitQueue(): WaitQueue {
    return this.queue;
  }

  poll(): number {
    return this.events.length > 0 ? POLLIN | POLLRDNORM : 0;
  }

  /** Watch an inode for the events of `mask`; returns the watch's number. Throws EEXIST, ENOSPC. */
  watch(inode: Inode, mask: number): number {
    const known = this.byInode.get(inode);
    if (known) {
      if ((mask & IN_MASK_CREATE) !== 0) throw fail(EEXIST, 'watched already');
      known.mask = (mask & IN_MASK_ADD) !== 0 ? known.mask | mask : mask;
      return known.wd;
    }
    const watch = new Watch(this, inode, this.nextWd, mask);
    this.owner.add(watch, this.uid);
    this.nextWd = this.nextWd === MAX_WD ? 1 : this.nextWd + 1;
    this.watches.set(watch.wd, watch);
    this.byInode.set(inode, watch);
    hold(inode);
    inode.watches ??= new Set();
    inode.watches.add(watch);
    return watch.wd;
  }

  /** inotify_rm_watch. Throws EINVAL. */
  unwatch(wd: number): void {
    const watch = this.watches.get(wd);
    if (!watch) throw fail(EINVAL, 'no such watch');
    this.end(watch);
  }

  /** The watch is over, and its reader is told. */
  end(watch: Watch): void {
    if (this.watches.get(watch.wd) !== watch) return;
    this.queueEvent(watch.wd, IN_IGNORED, 0, '');
    this.forget(watch);
  }

  private forget(watch: Watch): void {
    const { inode } = watch;
    this.owner.remove(watch, this.uid);
    this.watches.delete(watch.wd);
    this.byInode.delete(inode);
    inode.watches?.delete(watch);
    if (inode.watches?.size === 0) inode.watches = undefined;
    drop(inode);
  }

  /** The same event twice in a row is one. */
  queueEvent(wd: number, events: number, cookie: number, name: string): void {
    const last = this.events.at(-1);
    const isSame =
      last?.wd === wd && last.events === events && last.cookie === cookie && last.name === name;
    if (isSame && (events & IN_IGNORED) === 0) return;
    const hasRoom = this.events.length < this.owner.maxQueuedEvents && this.owner.events.tryAdd();
    if (hasRoom) this.events.push({ wd, events: events >>> 0, cookie, name });
    else if (last?.events !== IN_Q_OVERFLOW) {
      // That of Linux is made with its group: nothing is charged.
      this.events.push({ wd: -1, events: IN_Q_OVERFLOW, cookie: 0, name: '' });
    }
    this.queue.wakeAll();
  }

  /** As many whole events as fit. Throws EINVAL when not even the first does. */
  override read(buffer: IoBuffer): number {
    const [first] = this.events;
    if (!first) throw fail(EAGAIN, 'no event');
    if (sizeOf(first) > buffer.length) throw fail(EINVAL, 'buffer is smaller than the event');
    let done = 0;
    let taken = 0;
    for (const event of this.events) {
      const size = sizeOf(event);
      if (done + size > buffer.length) break;
      const bytes = new Uint8Array(size);
      const { wd, events: mask, cookie, name } = event;
      bytes.set(InotifyEvent.encodeBriefly({ wd, mask, cookie, len: size - InotifyEvent.size }));
      bytes.set(toBytes(name), InotifyEvent.size);
      buffer.copyIn(bytes, done);
      done += size;
      taken++;
    }
    this.forgetEvents(taken);
    return done;
  }

  private forgetEvents(count: number): void {
    const gone = this.events.splice(0, count).filter(({ events }) => events !== IN_Q_OVERFLOW);
    if (gone.length > 0) this.owner.events.remove(gone.length);
  }

  override ioctl(task: Task, request: number, argument: number): Result {
    if (request !== FIONREAD) return super.ioctl(task, request, argument);
    const bytes = this.events.reduce((total, event) => total + sizeOf(event), 0);
    task.memory.writeU32(argument, bytes);
    return 0;
  }

  override fdInfo(): string {
    const hex = (value: number): string => (value >>> 0).toString(16);
    return [...this.watches.values()]
      .map(({ wd, inode, mask }) => {
        const place = `ino:${inode.ino.toString(16)} sdev:${hex(inode.fs.device)}`;
        return `inotify wd:${wd.toString(16)} ${place} mask:${hex(mask & SHOWN)} ignored_mask:0 \n`;
      })
      .join('');
  }

  override release(): void {
    for (const watch of [...this.watches.values()]) this.forget(watch);
    this.forgetEvents(this.events.length);
    this.owner.closeInstance(this.uid);
    super.release();
  }

  override describe(): string {
    return 'anon_inode:inotify';
  }
}
