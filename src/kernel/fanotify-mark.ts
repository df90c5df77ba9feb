/** A mark: what a fanotify group wants to hear of one file, mount or file system. */
import { EEXIST, fail } from '../abi/errno.ts';
import * as abi from '../abi/fanotify.ts';
import type { FileSystem } from '../fs/filesystem.ts';
import type { Inode } from '../fs/inode.ts';
import type { Mount } from '../fs/mount.ts';
import type { Happening, InodeWatch } from '../fs/notify.ts';
import type { FanotifyGroup } from './fanotify.ts';

const IGNORES = abi.FAN_MARK_IGNORED_MASK | abi.FAN_MARK_IGNORE;

/** What a mark is on. */
export type Marked = Inode | Mount | FileSystem;

/** Limits of /proc/sys/fs/fanotify. */
export class FanotifyLimits {
  max_queued_events = 16384;
  max_user_groups = 128;
  max_user_marks = 8192;
}

export class Mark implements InodeWatch {
  readonly group: FanotifyGroup;
  readonly object: Marked;
  mask = 0;
  ignored = 0;
  /** The ignored events stay ignored when the file changes. */
  survivesModify = false;
  /** It goes with the inode when memory is short. */
  isEvictable: boolean;
  /** FAN_MARK_IGNORE: directories and children only as its own mask says. */
  isStrict = false;

  constructor(group: FanotifyGroup, object: Marked, flags: number) {
    this.group = group;
    this.object = object;
    this.isEvictable = (flags & abi.FAN_MARK_EVICTABLE) !== 0;
  }

  /** Add to what it asks for, as FAN_MARK_ADD with `flags`. Throws EEXIST where that would take a promise back. */
  add(mask: number, flags: number): void {
    const isEvictable = (flags & abi.FAN_MARK_EVICTABLE) !== 0;
    if (isEvictable && !this.isEvictable) throw fail(EEXIST, 'FAN_MARK_EVICTABLE');
    if ((flags & IGNORES) === 0) this.mask = (this.mask | mask) >>> 0;
    else this.ignore(mask, flags);
    this.isEvictable = isEvictable;
  }

  private ignore(mask: number, flags: number): void {
    const isStrict = (flags & abi.FAN_MARK_IGNORE) !== 0;
    const survives = (flags & abi.FAN_MARK_IGNORED_SURV_MODIFY) !== 0;
    if (this.ignored !== 0 && this.isStrict && !isStrict) throw fail(EEXIST, 'FAN_MARK_IGNORE');
    if (this.isStrict && isStrict && this.survivesModify && !survives)
      throw fail(EEXIST, 'FAN_MARK_IGNORED_SURV_MODIFY');
    this.isStrict ||= isStrict;
    this.survivesModify ||= survives;
    this.ignored = (this.ignored | mask) >>> 0;
  }

  /** As /proc/PID/fdinfo has them. */
  get flags(): number {
    return (
      (this.survivesModify ? abi.FAN_MARK_IGNORED_SURV_MODIFY : 0) |
      (this.isEvictable ? abi.FAN_MARK_EVICTABLE : 0) |
      (this.isStrict ? abi.FAN_MARK_IGNORE : 0)
    );
  }

  notify(
    events: number,
    _cookie: number,
    _name: string | undefined,
    _isUnlinked: boolean,
    about: Happening,
  ): void {
    this.group.happened(events, about);
  }

  inodeGone(): void {
    this.group.forget(this.object);
  }

  nextCookie(): number {
    return this.group.kernel.inotify.nextCookie();
  }
}

export function isInode(object: Marked): object is Inode {
  return 'nlink' in object;
}
