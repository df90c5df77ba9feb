/** /proc/locks: proc_locks(5). */
import { F_WRLCK } from '../../abi/fcntl.ts';
import { deviceMajor, deviceMinor } from '../../abi/stat.ts';
import { LOCK_TO_END } from '../../fs/file-lock.ts';
import type { Kernel } from '../kernel.ts';

export function showLocks({ vfs }: Kernel): string {
  let text = '';
  let number = 1;
  for (const inode of vfs.locks.inodes) {
    const { device } = inode.fs;
    const hex = (value: number): string => value.toString(16).padStart(2, '0');
    const place = `${hex(deviceMajor(device))}:${hex(deviceMinor(device))}:${inode.ino}`;
    for (const lock of inode.locks?.held ?? []) {
      const kind = lock.kind.padEnd(6);
      const type = lock.type === F_WRLCK ? 'WRITE' : 'READ ';
      const end = lock.end === LOCK_TO_END ? 'EOF' : lock.end;
      text += `${number++}: ${kind} ADVISORY  ${type} ${lock.pid} ${place} ${lock.start} ${end}\n`;
    }
  }
  return text;
}
