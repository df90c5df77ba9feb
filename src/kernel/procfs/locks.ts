/** /proc/locks: proc_locks(5), and the lines of /proc/<pid>/fdinfo. */
import { F_WRLCK } from '../../abi/fcntl.ts';
import { deviceMajor, deviceMinor } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import { type FileLock, LOCK_TO_END } from '../../fs/file-lock.ts';
import type { Inode } from '../../fs/inode.ts';
import type { Kernel } from '../kernel.ts';

function showLock(lock: FileLock, { fs, ino }: Inode): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  const place = `${hex(deviceMajor(fs.device))}:${hex(deviceMinor(fs.device))}:${ino}`;
  const type = lock.type === F_WRLCK ? 'WRITE' : 'READ ';
  const end = lock.end === LOCK_TO_END ? 'EOF' : lock.end;
  return `${lock.kind.padEnd(6)} ADVISORY  ${type} ${lock.pid} ${place} ${lock.start} ${end}`;
}

export function showLocks({ vfs, leases }: Kernel): string {
  let text = '';
  let number = 1;
  for (const inode of vfs.locks.inodes) {
    for (const lock of inode.locks?.held ?? []) text += `${number++}: ${showLock(lock, inode)}\n`;
  }
  for (const { inode, type, target, pid } of leases) {
    const { fs, ino } = inode;
    const hex = (value: number): string => value.toString(16).padStart(2, '0');
    const place = `${hex(deviceMajor(fs.device))}:${hex(deviceMinor(fs.device))}:${ino}`;
    const state = target === undefined ? 'ACTIVE   ' : 'BREAKING ';
    const kind = type === F_WRLCK ? 'WRITE' : 'READ ';
    text += `${number++}: LEASE  ${state} ${kind} ${pid} ${place} 0 EOF\n`;
  }
  return text;
}

/** Locks that were taken through this file: its own, and those of the process's descriptors. */
export function showFileLocks({ inode }: File, owners: readonly object[]): string {
  return (inode.locks?.held ?? [])
    .filter(({ owner }) => owners.includes(owner))
    .map((lock, i) => `lock:\t${i + 1}: ${showLock(lock, inode)}\n`)
    .join('');
}
