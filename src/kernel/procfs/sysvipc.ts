/** /proc/sysvipc: the objects of System V IPC. proc_sysvipc(5). */
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { IpcObject } from '../ipc/ipc-object.ts';
import type { Kernel } from '../kernel.ts';
import type { ProcRow } from './row.ts';

/** Values right-aligned in columns of given widths. */
function columns(...cells: readonly (readonly [value: number | string, width: number])[]): string {
  return `${cells.map(([value, width]) => String(value).padStart(width)).join(' ')}\n`;
}

/** Key, id and mode: the mode's column has one blank more in front of it. */
function head({ permissions, id }: IpcObject): string {
  const { key, mode } = permissions;
  return `${columns([key, 10], [id, 10], [mode.toString(8), 5]).slice(0, -1)} `;
}

function owners({ uid, gid, cuid, cgid }: IpcObject) {
  return [
    [uid, 5],
    [gid, 5],
    [cuid, 5],
    [cgid, 5],
  ] as const;
}

function showMsg({ ipc }: Kernel): string {
  let text =
    '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n';
  for (const queue of ipc.queues)
    text +=
      head(queue) +
      columns(
        [queue.bytes, 11],
        [queue.messages.length, 10],
        [queue.lastSender, 5],
        [queue.lastReceiver, 5],
        ...owners(queue),
        [queue.sendTime, 10],
        [queue.receiveTime, 10],
        [queue.ctime, 10],
      );
  return text;
}

function showSem({ ipc }: Kernel): string {
  let text =
    '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n';
  for (const set of ipc.semaphores)
    text +=
      head(set) +
      columns([set.values.length, 10], ...owners(set), [set.operationTime, 10], [set.ctime, 10]);
  return text;
}

function showShm({ ipc }: Kernel): string {
  let text =
    '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n';
  for (const segment of ipc.segments)
    text +=
      head(segment) +
      columns(
        [segment.size, 21],
        [segment.creatorPid, 5],
        [segment.lastPid, 5],
        [segment.attached, 6],
        ...owners(segment),
        [segment.attachTime, 10],
        [segment.detachTime, 10],
        [segment.ctime, 10],
        [segment.residentPages * PAGE_SIZE, 21],
        [0, 21],
      );
  return text;
}

export const SYSVIPC: readonly ProcRow[] = [
  { name: 'msg', show: showMsg },
  { name: 'sem', show: showSem },
  { name: 'shm', show: showShm },
];
