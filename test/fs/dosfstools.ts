/** The oracles for FAT: mkfs.fat makes volumes, fsck.fat judges what is left behind, mtools read and write them. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { saveImage, withFile } from './e2fsprogs.ts';

export const hasDosTools =
  spawnSync('mkfs.fat', ['--help']).error === undefined &&
  spawnSync('mdir', ['--version']).error === undefined;
if (!hasDosTools)
  console.warn(
    'SKIPPED: dosfstools or mtools is missing: FAT volumes are neither made nor checked',
  );

/** The volume that mkfs.fat makes with the options, `kib` KiB long. */
export function mkfsFat(kib: number, ...options: readonly string[]): Uint8Array {
  return withFile((file) => {
    const argv = ['-C', ...options, file, String(kib)];
    const { status, stderr, error } = spawnSync('mkfs.fat', argv, { encoding: 'utf8' });
    if (status !== 0) throw error ?? new Error(`mkfs.fat ${argv.join(' ')}: ${stderr}`);
    return fs.readFileSync(file);
  });
}

/** What fsck.fat complains about; '' for nothing. */
export function fsckFat(disk: MemoryDisk): string {
  if (!hasDosTools) return '';
  return withFile((file) => {
    saveImage(disk, file);
    const { status, stdout } = spawnSync('fsck.fat', ['-n', '-V', file], { encoding: 'utf8' });
    return status === 0 ? '' : stdout;
  });
}

/** What a program of mtools prints, with `::` as the image. Throws what it complains about. */
export function mtools(file: string, program: string, ...argv: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, ['-i', file, ...argv], {
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8', MTOOLS_SKIP_CHECK: '1' },
  });
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: ${stderr}`);
  return stdout;
}
