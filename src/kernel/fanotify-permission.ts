/** Permission events of fanotify(7): a call waits until all groups that want to be asked have allowed what it is about to do. */
import { EPERM, fail } from '../abi/errno.ts';
import { FAN_CLASS_PRE_CONTENT } from '../abi/fanotify.ts';
import type { Dentry } from '../fs/dentry.ts';
import type { File } from '../fs/file.ts';
import type { Inode } from '../fs/inode.ts';
import { MustWait } from '../fs/must-wait.ts';
import { type Happening, SILENT } from '../fs/notify.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { FanotifyGroup } from './fanotify.ts';
import type { Task } from './task.ts';

/** One group is asked about one call. */
export class PermissionRequest {
  readonly group: FanotifyGroup;
  readonly inode: Inode;
  /** FAN_*_PERM. */
  readonly event: number;
  /** Who waits for the answer. */
  readonly task: Task;
  readonly queue = new WaitQueue();
  /** Undefined until it is answered. */
  isAllowed: boolean | undefined = undefined;

  constructor(group: FanotifyGroup, inode: Inode, event: number, task: Task) {
    this.group = group;
    this.inode = inode;
    this.event = event;
    this.task = task;
  }

  /** The call was not ended by a signal meanwhile. */
  get isAwaited(): boolean {
    return this.task.syscall?.permissions?.includes(this) === true;
  }

  answer(isAllowed: boolean): void {
    this.isAllowed = isAllowed;
    this.queue.wakeAll();
  }
}

/** Ask all groups, those of FAN_CLASS_PRE_CONTENT first. Throws MustWait while one has not answered, EPERM when one says no. */
export function askPermission(task: Task, dentry: Dentry, event: number): void {
  const { syscall: call, kernel } = task;
  const { node } = dentry;
  const { inode } = node;
  if (call === undefined || inode === undefined) return;
  const directory = node.parent?.inode;
  const about: Happening = {
    inode,
    dentry,
    isEntry: false,
    ...(directory && { directory, name: node.name }),
  };
  const { askers } = kernel.fanotify;
  const rank = (group: FanotifyGroup): number => (group.has(FAN_CLASS_PRE_CONTENT) ? 0 : 1);
  for (const group of [...askers].sort((a, b) => rank(a) - rank(b))) {
    if (!group.wants(event, about)) continue;
    const requests = (call.permissions ??= []);
    let request = requests.find(
      (known) => known.group === group && known.inode === inode && known.event === event,
    );
    if (request === undefined) {
      request = new PermissionRequest(group, inode, event, task);
      requests.push(request);
      group.ask(request, dentry);
    }
    if (request.isAllowed === undefined) throw new MustWait(request.queue);
    if (!request.isAllowed) throw fail(EPERM, 'a fanotify group forbids it');
  }
}

/** As askPermission, of an open file, unless its use is to stay unnoticed. */
export function askAboutFile(task: Task, { dentry, flags }: File, event: number): void {
  if (dentry && (flags & SILENT) === 0) askPermission(task, dentry, event);
}
