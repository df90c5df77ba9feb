/** What images are made of in tests. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { Random } from '../support/random.ts';

/** The standard output of a program of the host, which has to succeed. */
export function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'latin1' });
  expect([command, args, stderr, status]).toEqual([command, args, stderr, 0]);
  return stdout;
}

export const LONG = `${'long-name-'.repeat(14)}end`;

function noise(seed: number, length: number): Buffer {
  const random = new Random(seed);
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

/** A root with everything that an archive can hold, complete enough that nothing is added to it. */
export function makeRoot(root: string): void {
  for (const name of [
    'bin',
    'dev',
    'etc',
    'home',
    'mnt',
    'proc',
    'root',
    'run',
    'sys',
    'tmp',
    'usr',
    'var/tmp',
  ]) {
    fs.mkdirSync(path.join(root, name), { recursive: true });
  }
  for (const name of [
    'etc/passwd',
    'etc/group',
    'etc/hosts',
    'etc/nsswitch.conf',
    'etc/profile',
    'root/.bashrc',
    'root/.profile',
  ]) {
    fs.writeFileSync(path.join(root, name), `${name}\n`);
  }
  fs.writeFileSync(path.join(root, 'bin/tool'), noise(7, 300_001), { mode: 0o4755 });
  fs.chmodSync(path.join(root, 'bin/tool'), 0o4755);
  fs.linkSync(path.join(root, 'bin/tool'), path.join(root, 'bin/other'));
  fs.symlinkSync('tool', path.join(root, 'bin/link'));
  fs.symlinkSync('../proc/self/mounts', path.join(root, 'etc/mtab'));
  fs.symlinkSync(`/${LONG}`, path.join(root, 'bin/long-link'));
  fs.writeFileSync(path.join(root, LONG), 'x');
  fs.writeFileSync(Buffer.from(`${root}/etc/\xff\xfe`, 'latin1'), 'a name that is no UTF-8\n');
  fs.writeFileSync(path.join(root, 'etc/empty'), '');
  fs.chmodSync(path.join(root, 'tmp'), 0o1777);
  run('mkfifo', path.join(root, 'run/fifo'));
  fs.utimesSync(path.join(root, 'etc/hosts'), 1e9, 1e9);
}
