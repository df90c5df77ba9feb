/** Who uses a mount: an ordinary umount(2) refuses while somebody does, a lazy one waits for the last of them. */
import type { Mount } from '../fs/mount.ts';
import { LoopDisk } from './block/loop-disk.ts';
import type { Kernel } from './kernel.ts';

/** Somebody stands in such a mount, has a file of it open or mapped, swaps to it, or has a loop device of it. */
export function isUsed(kernel: Kernel, isMeant: (mount: Mount) => boolean): boolean {
  const { pids, swap, hardware } = kernel;
  const isThere = (place: { mount: Mount } | undefined): boolean =>
    place !== undefined && isMeant(place.mount);
  for (const { isAlive, cwd, root } of pids.tasks.values())
    if (isAlive && (isThere(cwd) || isThere(root))) return true;
  for (const files of pids.fileTables())
    for (const fd of files.descriptors()) if (isThere(files.find(fd)?.dentry)) return true;
  for (const { executable, isZombie, addressSpace } of pids.processes.values()) {
    if (isThere(executable) && !isZombie) return true;
    for (const { file } of addressSpace?.vmas ?? []) if (isThere(file?.dentry)) return true;
  }
  if (swap.areas.some(({ place }) => isThere(place))) return true;
  return hardware.disks.some((disk) => disk instanceof LoopDisk && isThere(disk.file?.dentry));
}

/** After umount, and when a file was closed or a process ended: what nobody uses any more gives back its memory and its device. */
export function letGoDetached(kernel: Kernel): void {
  const { mounts } = kernel.vfs;
  if (!mounts.hasDetached) return;
  const gone = mounts.letGoDetached((fs) => isUsed(kernel, (mount) => mount.fs === fs));
  for (const fs of gone) {
    kernel.inotify.unmounted(fs);
    kernel.fanotify.unmounted(fs);
  }
}
