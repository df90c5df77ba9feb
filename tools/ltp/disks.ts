/** The disks of the guests: Debian's root, the suite, and an empty one. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { debianFolder } from '../../test/support/debian.ts';
import type { Disks } from './guest.ts';

/** What the tests themselves call, and what they need to make file systems. */
const PACKAGES =
  'base-files base-passwd libc-bin bash dash coreutils findutils grep sed mawk gzip mount util-linux e2fsprogs procps passwd attr acl libcap2-bin'.split(
    ' ',
  );
const MIB = 2 ** 20;
const SUITE_MIB = 4096;
const SCRATCH_MIB = 512;
export const BUILD = resolve(import.meta.dirname, '../../build/ltp');
const CLI = resolve(import.meta.dirname, '../../dist/cli.js');

/** An ext2 image of the host's folder, made if it is not there yet. */
function imageOf(folder: string, image: string): string {
  if (existsSync(image)) return image;
  const partial = `${image}.partial`;
  writeFileSync(partial, '');
  truncateSync(partial, SUITE_MIB * MIB);
  execFileSync('mke2fs', ['-q', '-t', 'ext2', '-E', 'root_owner=0:0', '-d', folder, partial]);
  execFileSync('mv', [partial, image]);
  return image;
}

/** As the root, with the configuration of the Linux kernel where its packages have it: the tests look into it. */
export function withConfiguration(disks: Disks, kernel: string): Disks {
  const root = join(BUILD, 'root-linux.img');
  execFileSync('cp', ['--sparse=always', disks.root, root]);
  const name = basename(kernel).replace(/^vmlinu[xz]/, 'config');
  const change = (command: string): void => {
    execFileSync('debugfs', ['-w', '-R', command, root], { stdio: 'pipe' });
  };
  change('mkdir /boot');
  change(`write ${join(dirname(kernel), name)} /boot/${name}`);
  return { ...disks, root };
}

/** Throws where Debian's packages cannot be had. */
export function makeDisks(directory: string): Disks {
  const folder = debianFolder('ltp', PACKAGES, true);
  if (folder === undefined) throw new Error('no Debian packages: see the warning');
  execFileSync('mkdir', ['-p', BUILD]);
  const root = join(BUILD, 'root.img');
  if (!existsSync(root)) execFileSync('node', [CLI, 'image', 'import', folder, root]);
  const scratch = join(BUILD, 'scratch.img');
  rmSync(scratch, { force: true });
  writeFileSync(scratch, '');
  truncateSync(scratch, SCRATCH_MIB * MIB);
  return { root, suite: imageOf(directory, `${resolve(directory)}.img`), scratch };
}
