/** A mark: what a fanotify group wants to hear of one file, mount or file system. */
import type { FileSystem } from '../fs/filesystem.ts';
import type { Inode } from '../fs/inode.ts';
import type { Mount } from '../fs/mount.ts';
import type { Happening, InodeWatch } from '../fs/notify.ts';
import type { FanotifyGroup } from './fanotify.ts';

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
  /** FAN_MARK_IGNORE: directories and children only as its own mask says. */
  isStrict = false;

  constructor(group: FanotifyGroup, object: Marked) {
    this.group = group;
    this.object = object;
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
