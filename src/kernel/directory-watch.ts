/** F_NOTIFY of fcntl(2): a signal when the entries of a directory change. Linux: fs/notify/dnotify. */
import {
  IN_ACCESS,
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../abi/inotify.ts';
import type { File } from '../fs/file.ts';
import type { Inode } from '../fs/inode.ts';
import type { Happening, InodeWatch } from '../fs/notify.ts';
import { drop, hold } from '../fs/references.ts';
import { FileOwner, POLL_MSG } from './file-owner.ts';
import type { Kernel } from './kernel.ts';

const DN_MULTISHOT = 0x8000_0000;
/** Within one directory. */
const DN_RENAME = 16;
/** DN_ACCESS, DN_MODIFY, DN_CREATE, DN_DELETE, DN_ATTRIB, as events of inotify. */
const EVENTS: readonly (readonly [number, number])[] = [
  [1, IN_ACCESS],
  [2, IN_MODIFY],
  [4, IN_CREATE | IN_MOVED_TO],
  [8, IN_DELETE | IN_MOVED_FROM],
  [32, IN_ATTRIB],
];

export class DirectoryWatch implements InodeWatch {
  private readonly kernel: Kernel;
  private readonly inode: Inode;
  private readonly owner: FileOwner;
  private readonly fd: number;
  /** DN_*, and the same as IN_*. */
  private mask = 0;
  private events = 0;
  private isRepeated = false;

  private constructor(kernel: Kernel, inode: Inode, owner: FileOwner, fd: number) {
    this.kernel = kernel;
    this.inode = inode;
    this.owner = owner;
    this.fd = fd;
  }

  /** Add the events of DN_* to what the file is watched for; none ends it. */
  static set(kernel: Kernel, file: File, fd: number, mask: number): void {
    const owner = FileOwner.of(kernel, file);
    const events = EVENTS.reduce(
      (all, [bit, event]) => ((mask & bit) === 0 ? all : all | event),
      0,
    );
    if (events === 0 && (mask & DN_RENAME) === 0) {
      owner.watch?.end();
      return;
    }
    owner.watch ??= DirectoryWatch.begin(kernel, file.inode, owner, fd);
    owner.watch.mask |= mask;
    owner.watch.events |= events;
    owner.watch.isRepeated ||= (mask & DN_MULTISHOT) !== 0;
    const process = kernel.current?.process;
    if (process) owner.setIfNone(process);
  }

  private static begin(kernel: Kernel, inode: Inode, owner: FileOwner, fd: number): DirectoryWatch {
    const watch = new DirectoryWatch(kernel, inode, owner, fd);
    hold(inode);
    inode.watches ??= new Set();
    inode.watches.add(watch);
    return watch;
  }

  /** Of the directory itself, too. */
  notify(
    events: number,
    _cookie: number,
    _name: string | undefined,
    _isUnlinked: boolean,
    { move }: Happening,
  ): void {
    const isWithin = move !== undefined && move.from.directory === move.to.directory;
    const isRename = isWithin && (events & IN_MOVED_FROM) !== 0 && (this.mask & DN_RENAME) !== 0;
    if ((events & this.events) === 0 && !isRename) return;
    this.owner.tell(POLL_MSG, this.fd);
    if (!this.isRepeated) this.end();
  }

  nextCookie(): number {
    return this.kernel.inotify.nextCookie();
  }

  inodeGone(): void {
    this.end();
  }

  end(): void {
    if (this.owner.watch !== this) return;
    this.owner.watch = undefined;
    this.inode.watches?.delete(this);
    if (this.inode.watches?.size === 0) this.inode.watches = undefined;
    drop(this.inode);
  }
}
