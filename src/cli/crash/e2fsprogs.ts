/** e2fsprogs of the host as maker and judge of disks in memory. */
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { MemoryDisk } from '../../fs/memory-disk.ts';
import type { FrameSource } from '../../fs/page-frames.ts';
import { UsageError } from '../usage-error.ts';

const SECTOR_BYTES = 512;
const CHUNK_BYTES = 65536;
const ZEROS = new Uint8Array(CHUNK_BYTES);

/** Throws UsageError where the command is missing or fails. */
function run(command: string, args: readonly string[]): void {
  const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) {
    throw new UsageError(`crash needs ${command} (${error.message}): install e2fsprogs`);
  }
  if (status !== 0) throw new UsageError(`${command} ${args.join(' ')}: ${stderr.trim()}`);
}

/** A new file system in `file`. `options` as for mke2fs(8). Throws UsageError. */
export function makeFileSystem(file: string, size: string, options: readonly string[]): void {
  run('mke2fs', ['-q', '-F', ...options, file, size]);
}

export function loadDisk(file: string, frames: FrameSource): MemoryDisk {
  const bytes = readFileSync(file);
  const disk = new MemoryDisk('image', bytes.length, frames);
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const part = bytes.subarray(at, at + CHUNK_BYTES);
    if (!part.equals(ZEROS.subarray(0, part.length))) disk.write(at / SECTOR_BYTES, part);
  }
  return disk;
}

export function saveDisk(disk: MemoryDisk, file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    ftruncateSync(descriptor, disk.sectors * SECTOR_BYTES);
    for (const [at, bytes] of disk.content()) writeSync(descriptor, bytes, 0, bytes.length, at);
  } finally {
    closeSync(descriptor);
  }
}

/** What `e2fsck -fn` says; undefined where the file system is clean. Throws UsageError. */
export function check(file: string): string | undefined {
  const { error, status, stdout, stderr } = spawnSync('e2fsck', ['-fn', file], {
    encoding: 'utf8',
  });
  if (error) throw new UsageError(`crash needs e2fsck (${error.message}): install e2fsprogs`);
  return status === 0 ? undefined : stdout + stderr;
}
