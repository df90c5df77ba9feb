/** fanotify(7): marks on files, mounts and file systems, and the file that their events are read from. */
import { EAGAIN, EINVAL, EMFILE, ENOENT, ENOSPC, EROFS, fail, KernelError } from '../abi/errno.ts';
import * as abi from '../abi/fanotify.ts';
import { O_ACCMODE, O_CLOEXEC, O_LARGEFILE } from '../abi/fcntl.ts';
import { IN_ALL_EVENTS, IN_MODIFY } from '../abi/inotify.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { RLIMIT_NOFILE } from '../abi/resource.ts';
import { FIONREAD } from '../abi/termios.ts';
import type { Dentry } from '../fs/dentry.ts';
import type { FileSystem } from '../fs/filesystem.ts';
import { Mount } from '../fs/mount.ts';
import { type Happening, kindOf, type Move, SILENT } from '../fs/notify.ts';
import { drop, hold } from '../fs/references.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { Result } from './block.ts';
import { infoRecords, isSame, type QueuedEvent, sizeOfEvent } from './fanotify-event.ts';
import { isInode, Mark, type Marked } from './fanotify-mark.ts';
import type { PermissionRequest } from './fanotify-permission.ts';
import type { Kernel } from './kernel.ts';
import { KernelFile } from './kernel-file.ts';
import { openPidfd } from './syscalls/pidfd.ts';
import type { Task } from './task.ts';

/** Events of a mark's mask; the rest of it says which objects. */
const EVENTS = IN_ALL_EVENTS | abi.FAN_OPEN_EXEC | abi.FAN_RENAME | abi.FAN_PERMISSIONS;

export interface GroupOptions {
  /** FAN_* of fanotify_init. */
  readonly init: number;
  /** O_* of the descriptors in events. */
  readonly eventFlags: number;
  readonly uid: number;
  /** Made without CAP_SYS_ADMIN: told of its own files' owners only, and of no pids. */
  readonly isUnprivileged: boolean;
}

export class FanotifyGroup extends KernelFile {
  override readonly hasFixedPosition = true;
  override readonly isStream = false;
  readonly kernel: Kernel;
  readonly options: GroupOptions;
  readonly marks = new Map<Marked, Mark>();
  private events: QueuedEvent[] = [];
  /** Requests that were read and not answered yet, by the descriptor that came with them. */
  private readonly reported = new Map<number, PermissionRequest>();
  private readonly queue = new WaitQueue();
  /** Told by one mark, it needs not hear of it by another. */
  private last: Happening | undefined = undefined;
  private lastEvents = 0;
  private lastMove: Move | undefined = undefined;

  /** Throws EMFILE. */
  constructor(kernel: Kernel, flags: number, options: GroupOptions) {
    const { fanotify } = kernel;
    if (fanotify.countOf(options.uid) >= fanotify.limits.max_user_groups)
      throw fail(EMFILE, 'max_user_groups');
    super(kernel.vfs.anonymous.root, flags);
    this.kernel = kernel;
    this.options = options;
    fanotify.groups.add(this);
  }

  get uid(): number {
    return this.options.uid;
  }

  /** FAN_REPORT_*: events name files by handles. */
  get reportsIds(): boolean {
    return (this.options.init & (abi.FAN_REPORT_FID | abi.FAN_REPORT_DIR_FID)) !== 0;
  }

  has(flag: number): boolean {
    return (this.options.init & flag) !== 0;
  }

  override get waitQueue(): WaitQueue {
    return this.queue;
  }

  poll(): number {
    this.forgetUnawaited();
    return this.events.length > 0 ? POLLIN | POLLRDNORM : 0;
  }

  /** Throws EEXIST, ENOMEM, ENOSPC. */
  add(object: Marked, mask: number, flags: number): void {
    (this.marks.get(object) ?? this.newMark(object, flags)).add(mask, flags);
    const ignores = (flags & (abi.FAN_MARK_IGNORED_MASK | abi.FAN_MARK_IGNORE)) !== 0;
    if (!ignores && (mask & abi.FAN_PERMISSIONS) !== 0) this.kernel.fanotify.askers.add(this);
  }

  private newMark(object: Marked, flags: number): Mark {
    const { fanotify } = this.kernel;
    const isFull = fanotify.marksOf(this.uid) >= fanotify.limits.max_user_marks;
    if (isFull && !this.has(abi.FAN_UNLIMITED_MARKS)) throw fail(ENOSPC, 'max_user_marks');
    this.kernel.objects.marks.add();
    const mark = new Mark(this, object, flags);
    this.marks.set(object, mark);
    if (isInode(object)) hold(object);
    object.watches ??= new Set();
    object.watches.add(mark);
    if (!isInode(object) && !(object instanceof Mount))
      for (const mount of this.mountsOf(object)) (mount.watches ??= new Set()).add(mark);
    return mark;
  }

  private mountsOf(fs: FileSystem): Mount[] {
    return this.kernel.vfs.mounts.mounts.filter((mount) => mount.fs === fs);
  }

  /** Throws ENOENT. */
  remove(object: Marked, mask: number, ignores: boolean): void {
    const mark = this.marks.get(object);
    if (!mark) throw fail(ENOENT, 'no mark');
    if (ignores) mark.ignored = (mark.ignored & ~mask) >>> 0;
    else mark.mask = (mark.mask & ~mask) >>> 0;
    if ((mark.mask & EVENTS) === 0 && mark.ignored === 0) this.forget(object);
  }

  /** All marks of a kind. */
  flush(isOfKind: (object: Marked) => boolean): void {
    for (const object of [...this.marks.keys()]) if (isOfKind(object)) this.forget(object);
  }

  forget(object: Marked): void {
    const mark = this.marks.get(object);
    if (!mark) return;
    this.marks.delete(object);
    this.kernel.objects.marks.remove();
    const holders = isInode(object) || object instanceof Mount ? [] : this.mountsOf(object);
    for (const holder of [object, ...holders]) {
      holder.watches?.delete(mark);
      if (holder.watches?.size === 0) holder.watches = undefined;
    }
    if (isInode(object)) drop(object);
  }

  happened(given: number, about: Happening): void {
    const events = given | kindOf(about.inode);
    if (this.last === about && this.lastEvents === events) return;
    this.last = about;
    this.lastEvents = events;
    const { wanted, ignored } = this.interest(events, about);
    const { move } = about;
    // Once for both halves, whichever is watched, and before them.
    if (move && move !== this.lastMove && (wanted & ~ignored & abi.FAN_RENAME) !== 0) {
      this.lastMove = move;
      this.enqueue(abi.FAN_RENAME | (events & abi.FAN_ONDIR), about);
    }
    const told = events & wanted & ~ignored & EVENTS & ~abi.FAN_RENAME;
    if (told !== 0) this.enqueue(told | (events & abi.FAN_ONDIR), about);
  }

  /** What the marks that are concerned ask for, and do not want to hear of. */
  private interest(events: number, about: Happening): { wanted: number; ignored: number } {
    const { inode, directory, dentry, isEntry } = about;
    const isDirectory = (events & abi.FAN_ONDIR) !== 0;
    let wanted = 0;
    let ignored = 0;
    const count = (object: Marked | undefined, isParent: boolean): void => {
      const mark = object && this.marks.get(object);
      if (!mark) return;
      const isConcerned = !isParent || ((mark.mask | mark.ignored) & abi.FAN_EVENT_ON_CHILD) !== 0;
      if ((events & IN_MODIFY) !== 0 && isConcerned && !mark.survivesModify) mark.ignored = 0;
      const applies = (mask: number): boolean =>
        (!isParent || (mask & abi.FAN_EVENT_ON_CHILD) !== 0) &&
        (!isDirectory || (mask & abi.FAN_ONDIR) !== 0);
      if (applies(mark.mask)) wanted |= mark.mask;
      const isIgnored = mark.isStrict
        ? applies(mark.ignored)
        : !isParent || (mark.mask & abi.FAN_EVENT_ON_CHILD) !== 0;
      if (isIgnored) ignored |= mark.ignored;
    };
    if (isEntry) count(directory, false);
    else {
      count(inode, false);
      count(directory, true);
    }
    count(dentry?.mount, false);
    count(inode.fs, false);
    return { wanted, ignored };
  }

  /** Whether somebody who is about to do this is to wait for its answer. */
  wants(event: number, about: Happening): boolean {
    const { wanted, ignored } = this.interest(event | kindOf(about.inode), about);
    return (event & wanted & ~ignored) !== 0;
  }

  ask(request: PermissionRequest, dentry: Dentry): void {
    const { task, event: mask } = request;
    const pid = this.has(abi.FAN_REPORT_TID) ? task.tid : task.process.pid;
    this.events.push({ mask, pid, dentry, records: [], request });
    this.queue.wakeAll();
  }

  /** Requests whose call was ended by a signal are nobody's business. */
  private forgetUnawaited(): void {
    if (this.events.some(({ request }) => request?.isAwaited === false))
      this.events = this.events.filter(({ request }) => request?.isAwaited !== false);
  }

  /** struct fanotify_response; what is behind it is not looked at. Throws EINVAL, ENOENT. */
  override write(buffer: IoBuffer): number {
    if (buffer.length < abi.FANOTIFY_RESPONSE_BYTES) throw fail(EINVAL, 'a response');
    const bytes = new Uint8Array(abi.FANOTIFY_RESPONSE_BYTES);
    buffer.copyOut(bytes, 0);
    const view = new DataView(bytes.buffer);
    const fd = view.getInt32(0, true);
    const response = view.getUint32(4, true);
    if (response !== abi.FAN_ALLOW && response !== abi.FAN_DENY) throw fail(EINVAL, 'response');
    if (fd < 0) throw fail(EINVAL, 'descriptor');
    const request = this.reported.get(fd);
    if (!request) throw fail(ENOENT, 'no such request');
    this.reported.delete(fd);
    request.answer(response === abi.FAN_ALLOW);
    return abi.FANOTIFY_RESPONSE_BYTES;
  }

  private enqueue(given: number, about: Happening): void {
    // That it is a directory is told with handles only.
    const events = this.reportsIds ? given : given & ~abi.FAN_ONDIR;
    const { current } = this.kernel;
    if (!this.reportsIds && !about.dentry) return;
    const isThread = this.has(abi.FAN_REPORT_TID);
    const pid = (isThread ? current?.tid : current?.process.pid) ?? 0;
    const records = this.reportsIds ? infoRecords(this, events, about) : [];
    const known = this.events.find((event) => isSame(event, events, pid, about, records));
    if (known) {
      known.mask |= events;
      return;
    }
    const isFull = this.events.length >= this.kernel.fanotify.limits.max_queued_events;
    const isRefused = isFull && !this.has(abi.FAN_UNLIMITED_QUEUE);
    if (isRefused || !this.kernel.objects.events.tryAdd()) this.overflow();
    else
      this.events.push({
        mask: events,
        pid,
        dentry: this.reportsIds ? undefined : about.dentry,
        records,
      });
    this.queue.wakeAll();
  }

  /** Those are gone: requests and the one of an overflow cost nothing. */
  private uncharge(events: readonly QueuedEvent[]): void {
    const charged = events.filter(
      ({ mask, request }) => mask !== abi.FAN_Q_OVERFLOW && request === undefined,
    );
    if (charged.length > 0) this.kernel.objects.events.remove(charged.length);
  }

  private overflow(): void {
    if (this.events.at(-1)?.mask === abi.FAN_Q_OVERFLOW) return;
    this.events.push({ mask: abi.FAN_Q_OVERFLOW, pid: 0, dentry: undefined, records: [] });
  }

  /** As many whole events as fit. Throws EAGAIN, EINVAL when not even the first does, and as open(2). */
  override read(buffer: IoBuffer): number {
    this.forgetUnawaited();
    const [first] = this.events;
    if (!first) throw fail(EAGAIN, 'no event');
    const extra = this.has(abi.FAN_REPORT_PIDFD) ? PIDFD_RECORD : 0;
    if (sizeOfEvent(first) + extra > buffer.length) throw fail(EINVAL, 'buffer');
    let done = 0;
    while (this.events.length > 0) {
      const event = this.events[0] as QueuedEvent;
      if (done + sizeOfEvent(event) + extra > buffer.length) break;
      this.events.shift();
      this.uncharge([event]);
      try {
        done += this.writeEvent(buffer, done, event, extra);
      } catch (error) {
        event.request?.answer(false);
        if (!(error instanceof KernelError) || done === 0) throw error;
        break;
      }
    }
    return done;
  }

  private writeEvent(buffer: IoBuffer, at: number, event: QueuedEvent, extra: number): number {
    const task = this.kernel.current;
    const size = sizeOfEvent(event) + extra;
    const bytes = new Uint8Array(size);
    const fd = event.dentry && task ? this.openFor(task, event) : abi.FAN_NOFD;
    bytes.set(
      abi.FanotifyEventMetadata.encode({
        event_len: size,
        vers: abi.FANOTIFY_METADATA_VERSION,
        metadata_len: abi.FanotifyEventMetadata.size,
        mask_low: event.mask >>> 0,
        fd,
        pid: this.options.isUnprivileged && event.pid !== task?.process.pid ? 0 : event.pid,
      }),
    );
    let offset = abi.FanotifyEventMetadata.size;
    if (event.request) this.reported.set(fd, event.request);
    for (const record of event.records) {
      bytes.set(record.bytes, offset);
      offset += record.bytes.length;
    }
    if (extra > 0 && task) {
      const view = new DataView(bytes.buffer);
      view.setUint8(offset, abi.INFO.PIDFD);
      view.setUint16(offset + 2, PIDFD_RECORD, true);
      view.setInt32(offset + 4, this.pidfdFor(task, event), true);
    }
    buffer.copyIn(bytes, at);
    return size;
  }

  /** A descriptor whose use makes no events. Throws as open(2). */
  private openFor(task: Task, { dentry }: QueuedEvent): number {
    if (!dentry) return abi.FAN_NOFD;
    const { eventFlags } = this.options;
    if ((eventFlags & O_ACCMODE) !== 0 && dentry.mount.isReadOnly)
      throw fail(EROFS, 'a file of a read-only mount');
    const limit = task.process.limit(RLIMIT_NOFILE);
    task.files.reserve(1, limit);
    const flags = (eventFlags & ~O_CLOEXEC) | O_LARGEFILE | SILENT;
    const file = this.kernel.vfs.openInode(task, dentry, flags);
    return task.files.allocate(file, (eventFlags & O_CLOEXEC) !== 0, limit);
  }

  /** FAN_NOPIDFD if the process is gone, FAN_EPIDFD for other failures. */
  private pidfdFor(task: Task, { pid }: QueuedEvent): number {
    const process = this.kernel.pids.process(pid);
    if (!process || process.isZombie) return -1;
    try {
      return openPidfd(task, process.leader, 0);
    } catch (error) {
      if (error instanceof KernelError) return -2;
      throw error;
    }
  }

  override ioctl(task: Task, request: number, argument: number): Result {
    if (request !== FIONREAD) return super.ioctl(task, request, argument);
    const bytes = this.events.reduce((total, event) => total + sizeOfEvent(event), 0);
    task.memory.writeU32(argument, bytes);
    return 0;
  }

  override fdInfo(): string {
    const hex = (value: number): string => (value >>> 0).toString(16);
    const { init, eventFlags } = this.options;
    const lines = [...this.marks.values()].map(({ object, mask, ignored, flags }) => {
      const tail = `mflags:${hex(flags)} mask:${hex(mask)} ignored_mask:${hex(ignored)} \n`;
      if (object instanceof Mount) return `fanotify mnt_id:${hex(object.id)} ${tail}`;
      if (!isInode(object)) return `fanotify sdev:${hex(object.device)} ${tail}`;
      return `fanotify ino:${hex(object.ino)} sdev:${hex(object.fs.device)} ${tail}`;
    });
    return `fanotify flags:${hex(init)} event-flags:${hex(eventFlags)}\n${lines.join('')}`;
  }

  /** What was asked is allowed: nobody will answer. */
  override release(): void {
    for (const { request } of this.events) request?.answer(true);
    this.uncharge(this.events);
    for (const request of this.reported.values()) request.answer(true);
    this.flush(() => true);
    this.kernel.fanotify.askers.delete(this);
    this.kernel.fanotify.groups.delete(this);
    super.release();
  }

  override describe(): string {
    return 'anon_inode:[fanotify]';
  }
}

/** struct fanotify_event_info_pidfd. */
const PIDFD_RECORD = 8;
