/** Debian's e2fsprogs as makers and judges of disks in memory. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MemoryDisk } from '../../src/fs/memory-disk.ts';
import type { TestContext } from './harness.ts';

export const hasTools = spawnSync('e2fsck', ['-V']).status === 0;
if (!hasTools) console.warn('SKIPPED: e2fsprogs is missing: images are neither made nor checked');

export function saveImage(disk: MemoryDisk, file: string): void {
  const fd = fs.openSync(file, 'w');
  fs.ftruncateSync(fd, disk.sectors * 512);
  for (const [at, bytes] of disk.content()) fs.writeSync(fd, bytes, 0, bytes.length, at);
  fs.closeSync(fd);
}

export function withFile<T>(body: (file: string) => T): T {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-ext-'));
  try {
    return body(path.join(folder, 'image'));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** What e2fsck says about the disk; '' if it is clean. */
export function check(disk: MemoryDisk): string {
  if (!hasTools) return '';
  return withFile((file) => {
    saveImage(disk, file);
    const { status, stdout } = spawnSync('e2fsck', ['-fn', file], { encoding: 'utf8' });
    return status === 0 ? '' : stdout;
  });
}

const ZEROS = new Uint8Array(65536);

export function loadBytes(bytes: Uint8Array, context: TestContext): MemoryDisk {
  const disk = new MemoryDisk('image', bytes.length, context.frames);
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (Buffer.compare(part, ZEROS.subarray(0, part.length)) !== 0) disk.write(at / 512, part);
  }
  return disk;
}

export function loadImage(file: string, context: TestContext): MemoryDisk {
  return loadBytes(fs.readFileSync(file), context);
}

/** What debugfs prints for the commands. */
export function debugfs(file: string, ...commands: readonly string[]): string {
  fs.writeFileSync(`${file}.commands`, commands.join('\n'));
  const { stdout } = spawnSync('debugfs', ['-w', '-f', `${file}.commands`, file], {
    encoding: 'latin1',
  });
  return stdout;
}

/** The image that mke2fs makes with the options. */
export function mke2fs(size: string, ...options: readonly string[]): Uint8Array {
  return withFile((file) => {
    const { status, stderr, error } = spawnSync('mke2fs', ['-q', '-F', ...options, file, size], {
      encoding: 'utf8',
    });
    if (status !== 0) throw error ?? new Error(`mke2fs ${options.join(' ')}: ${stderr}`);
    return fs.readFileSync(file);
  });
}
