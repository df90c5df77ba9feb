/** /dev/loop-control: loop devices are made and removed. linux/loop.h, loop(4). */
import { EBUSY, EEXIST, EINVAL, ENODEV, ENOSYS, EPERM, fail } from '../../abi/errno.ts';
import type { Result } from '../block.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import { NullFile } from '../devfs/memory-devices.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import { nodeAppeared, nodeDisappeared } from './disk-nodes.ts';
import { LoopDisk } from './loop-disk.ts';

const LOOP_CTL_ADD = 0x4c80;
const LOOP_CTL_REMOVE = 0x4c81;
const LOOP_CTL_GET_FREE = 0x4c82;
const MAX_LOOPS = 256;

function loops({ hardware }: Kernel): LoopDisk[] {
  return hardware.disks.filter((disk) => disk instanceof LoopDisk);
}

function add(kernel: Kernel, number: number): number {
  if (number < 0 || number >= MAX_LOOPS) throw fail(EINVAL, `loop${number}`);
  if (loops(kernel).some((disk) => disk.number === number)) {
    throw fail(EEXIST, `loop${number} is there`);
  }
  const disk = new LoopDisk(number, kernel);
  kernel.hardware.disks.push(disk);
  nodeAppeared(kernel, disk);
  return number;
}

/** A node with this number is opened: the disk comes into being. Linux: loop_probe. */
export function ensureLoop(kernel: Kernel, number: number): void {
  const isThere = loops(kernel).some((disk) => disk.number === number);
  if (!isThere && number < MAX_LOOPS) add(kernel, number);
}

function remove(kernel: Kernel, number: number): number {
  const disk = loops(kernel).find((candidate) => candidate.number === number);
  if (!disk) throw fail(ENODEV, `no loop${number}`);
  if (disk.isBound || disk.openCount > 0) throw fail(EBUSY, `${disk.name} is in use`);
  const { disks } = kernel.hardware;
  disks.splice(disks.indexOf(disk), 1);
  disk.isGone = true;
  nodeDisappeared(kernel, disk);
  return 0;
}

function freeLoop(kernel: Kernel): number {
  const all = loops(kernel);
  const free = all.find(({ isBound }) => !isBound);
  if (free) return free.number;
  let number = 0;
  while (all.some((disk) => disk.number === number)) number++;
  return add(kernel, number);
}

/** /dev/loop-control. */
export class LoopControlFile extends NullFile {
  override ioctl(task: Task, request: number, argument: number): Result {
    if (![LOOP_CTL_ADD, LOOP_CTL_REMOVE, LOOP_CTL_GET_FREE].includes(request))
      throw fail(ENOSYS, 'no such request of loop-control');
    if (!task.credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(EPERM, 'CAP_SYS_ADMIN');
    const { kernel } = task;
    if (request === LOOP_CTL_GET_FREE) return freeLoop(kernel);
    const number = argument | 0;
    if (request === LOOP_CTL_ADD) return number < 0 ? freeLoop(kernel) : add(kernel, number);
    return remove(kernel, number);
  }
}
