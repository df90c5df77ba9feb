/** Event polls: epoll(7). A registration waits on its file's queue for good, so that edges are seen. */
import { EEXIST, EINVAL, ELOOP, ENOENT, ENOSPC, EPERM, fail } from '../abi/errno.ts';
import { POLLERR, POLLHUP, POLLIN, POLLRDNORM } from '../abi/poll.ts';
import type { File } from '../fs/file.ts';
import type { Inode } from '../fs/inode.ts';
import { type Waiter, WaitQueue } from '../lib/wait-queue.ts';
import { KernelFile } from './kernel-file.ts';
import type { ObjectCount } from './kernel-objects.ts';
import type { UserAccount } from './user-accounts.ts';

export const EPOLLWAKEUP = 0x2000_0000;
export const EPOLLEXCLUSIVE = 0x1000_0000;
export const EPOLLONESHOT = 0x4000_0000;
export const EPOLLET = 0x8000_0000;
const CONTROL = EPOLLWAKEUP | EPOLLEXCLUSIVE | EPOLLONESHOT | EPOLLET;
const MAX_NESTING = 5;

/** epoll_data as two words: it comes back as it was given. */
export interface EpollData {
  readonly low: number;
  readonly high: number;
}

export interface EpollEvent {
  readonly events: number;
  readonly data: EpollData;
}

export class Registration implements Waiter {
  readonly waitingOn = new Set<WaitQueue>();
  readonly fd: number;
  readonly file: File;
  /** EPOLL* as registered; the event bits are 0 after a one-shot event. */
  events = 0;
  data: EpollData = { low: 0, high: 0 };
  private readonly epoll: EpollFile;

  constructor(epoll: EpollFile, fd: number, file: File) {
    this.epoll = epoll;
    this.fd = fd;
    this.file = file;
  }

  wake(queue: WaitQueue): void {
    if (this.file.references === 0) return;
    queue.enlist(this);
    this.epoll.noteActivity(this);
  }

  get current(): number {
    const mask = this.events & ~CONTROL;
    return mask === 0 ? 0 : this.file.poll() & mask;
  }

  stop(): void {
    for (const queue of this.waitingOn) queue.leave(this);
  }
}

export class EpollFile extends KernelFile {
  override readonly hasFixedPosition = true;
  private readonly registrations = new Set<Registration>();
  /** The same, by file: nearly always one each. */
  private readonly byFile = new Map<File, Registration[]>();
  /** May have events, in order of arrival. */
  private readonly active = new Set<Registration>();
  private readonly queue = new WaitQueue();
  private readonly items: ObjectCount;
  private readonly account: UserAccount;

  /** `items`: of all epolls. `account`: of who made it. */
  constructor(inode: Inode, flags: number, items: ObjectCount, account: UserAccount) {
    super(inode, flags);
    this.items = items;
    this.account = account;
  }

  override get costUnits(): number {
    return 2;
  }

  override get waitQueue(): WaitQueue {
    return this.queue;
  }

  poll(): number {
    for (const registration of this.active) {
      if (this.isAlive(registration) && registration.current !== 0) return POLLIN | POLLRDNORM;
    }
    return 0;
  }

  /** Errors: EEXIST, EINVAL, ELOOP, ENOMEM, ENOSPC, EPERM (a file that cannot be waited for). */
  add(fd: number, file: File, events: number, data: EpollData): void {
    if (file === this) throw fail(EINVAL, 'an epoll in itself');
    if (this.find(fd, file)) throw fail(EEXIST, 'registered already');
    if (!file.waitQueue) throw fail(EPERM, 'file cannot be polled');
    if (file instanceof EpollFile && file.depthTo(this) + 1 > MAX_NESTING) {
      throw fail(ELOOP, 'nested epolls');
    }
    if (!this.account.hasRoomForWatch) throw fail(ENOSPC, 'max_user_watches');
    this.items.add();
    this.account.epollWatches++;
    const registration = new Registration(this, fd, file);
    this.registrations.add(registration);
    const others = this.byFile.get(file);
    if (others) others.push(registration);
    else this.byFile.set(file, [registration]);
    file.waitQueue.enlist(registration);
    this.arm(registration, events, data);
  }

  /** Errors: ENOENT, EINVAL for EPOLLEXCLUSIVE. */
  modify(fd: number, file: File, events: number, data: EpollData): void {
    const registration = this.find(fd, file);
    if (!registration) throw fail(ENOENT, 'not registered');
    if (((events | registration.events) & EPOLLEXCLUSIVE) !== 0) throw fail(EINVAL, 'EXCLUSIVE');
    this.arm(registration, events, data);
  }

  remove(fd: number, file: File): void {
    const registration = this.find(fd, file);
    if (!registration) throw fail(ENOENT, 'not registered');
    this.forget(registration);
  }

  /** At most `limit` events that hold now; edges and one-shots are used up. */
  take(limit: number): EpollEvent[] {
    const events: EpollEvent[] = [];
    for (const registration of [...this.active]) {
      if (events.length >= limit) break;
      if (!this.isAlive(registration)) continue;
      const current = registration.current;
      this.active.delete(registration);
      if (current === 0) continue;
      events.push({ events: current, data: registration.data });
      if ((registration.events & EPOLLONESHOT) !== 0) registration.events &= CONTROL;
      // A level stays active, behind the others.
      else if ((registration.events & EPOLLET) === 0) this.active.add(registration);
    }
    return events;
  }

  noteActivity(registration: Registration): void {
    this.active.add(registration);
    this.queue.wake();
  }

  /** The file that was registered under a number, as the `place`th of it. Throws ENOENT. */
  targetOf(fd: number, place: number): File {
    const found = [...this.registrations].filter((entry) => entry.fd === fd && this.isAlive(entry));
    const registration = found[place];
    if (!registration) throw fail(ENOENT, 'not registered');
    return registration.file;
  }

  /** Lines of /proc/<pid>/fdinfo. */
  override fdInfo(): string {
    return [...this.registrations]
      .filter((registration) => registration.file.references > 0)
      .map(({ fd, events, data, file }) => {
        const hex = (value: number, width: number): string =>
          (value >>> 0).toString(16).padStart(width);
        const value = (data.high * 0x1_0000_0000 + data.low).toString(16).padStart(16);
        const { ino, fs } = file.inode;
        const place = `pos:${file.position} ino:${ino.toString(16)} sdev:${fs.device.toString(16)}`;
        return `tfd: ${String(fd).padStart(8)} events: ${hex(events, 8)} data: ${value}  ${place}\n`;
      })
      .join('');
  }

  override release(): void {
    for (const registration of this.registrations) registration.stop();
    this.items.remove(this.registrations.size);
    this.account.epollWatches -= this.registrations.size;
    this.registrations.clear();
    this.byFile.clear();
    this.active.clear();
    super.release();
  }

  override describe(): string {
    return 'anon_inode:[eventpoll]';
  }

  /** How many epolls lie on the way from here to `target`; throws ELOOP when `target` is reached: a cycle. */
  private depthTo(target: EpollFile): number {
    let depth = 0;
    for (const { file } of this.registrations) {
      if (file === target) throw fail(ELOOP, 'epolls in a circle');
      if (file instanceof EpollFile) depth = Math.max(depth, file.depthTo(target));
    }
    return depth + 1;
  }

  private arm(registration: Registration, events: number, data: EpollData): void {
    registration.events = events | POLLERR | POLLHUP;
    registration.data = data;
    if (registration.current !== 0) this.noteActivity(registration);
  }

  private find(fd: number, file: File): Registration | undefined {
    return this.byFile.get(file)?.find((entry) => entry.fd === fd);
  }

  /** Registrations end with the last descriptor of their file. */
  private isAlive(registration: Registration): boolean {
    if (registration.file.references > 0) return true;
    this.forget(registration);
    return false;
  }

  private forget(registration: Registration): void {
    registration.stop();
    this.active.delete(registration);
    if (this.registrations.delete(registration)) {
      this.items.remove();
      this.account.epollWatches--;
    }
    const rest = this.byFile.get(registration.file)?.filter((entry) => entry !== registration);
    if (rest && rest.length > 0) this.byFile.set(registration.file, rest);
    else this.byFile.delete(registration.file);
  }
}

/** Throws EINVAL unless the file is an epoll. */
export function asEpoll(file: File): EpollFile {
  if (file instanceof EpollFile) return file;
  throw fail(EINVAL, 'not an epoll');
}
