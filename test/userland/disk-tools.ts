/** Our disks' tools, built natively, and Debian's, on one image. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { buildNativeCommands } from '../../tools/userland.ts';

export const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-disk-tools-'));
export const image = path.join(folder, 'image');
let bin = '';

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, argv: readonly string[]): Outcome {
  const { status, stdout, stderr, error } = spawnSync(program, argv, {
    cwd: folder,
    encoding: 'latin1',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    timeout: 20_000,
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

export const ours = (name: string, ...argv: readonly string[]): Outcome =>
  run(path.join(bin, name), argv);
/** Debian's; the first line of stderr is its version. */
export const theirs = (name: string, ...argv: readonly string[]): Outcome => run(name, argv);

export function newImage(size: number): void {
  fs.rmSync(image, { force: true });
  fs.writeFileSync(image, '');
  fs.truncateSync(image, size);
}

/** An image of Debian's mke2fs with files of all kinds, a folder with an index among them. */
export function populate(...options: readonly string[]): void {
  const tree = path.join(folder, 'tree');
  if (!fs.existsSync(tree)) {
    fs.mkdirSync(path.join(tree, 'many'), { recursive: true });
    for (let i = 0; i < 300; i++)
      fs.writeFileSync(path.join(tree, `many/name-number-${i}`), 'x'.repeat((i % 7) * 300));
    fs.symlinkSync('x'.repeat(30), path.join(tree, 'short'));
    fs.symlinkSync('y'.repeat(200), path.join(tree, 'long'));
    const fd = fs.openSync(path.join(tree, 'holes'), 'w');
    for (let i = 0; i < 60; i++) fs.writeSync(fd, 'z', i * 9000);
    fs.closeSync(fd);
    fs.linkSync(path.join(tree, 'holes'), path.join(tree, 'link'));
  }
  newImage(0);
  const { status, stderr } = theirs('mke2fs', '-q', '-d', tree, ...options, image, '6M');
  expect({ status }, stderr).toEqual({ status: 0 });
  expect(theirs('e2fsck', '-fyD', image).status).toBeLessThan(2);
}

/** To be called before all tests, and after them. */
export async function buildTools(): Promise<void> {
  bin = await buildNativeCommands();
}

export function removeImages(): void {
  fs.rmSync(folder, { recursive: true, force: true });
}
