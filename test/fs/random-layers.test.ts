/** Random sequences of file operations on overlay and FAT, as random.test.ts on the others. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { vfat } from '../../src/fs/fat/fat.ts';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { overlay } from '../../src/fs/overlay/overlay.ts';
import { tmpfs } from '../../src/fs/tmpfs/tmpfs.ts';
import { fsckFat, hasDosTools, mkfsFat } from './dosfstools.ts';
import { loadBytes } from './e2fsprogs.ts';
import { TestContext, TestSystem } from './harness.ts';
import { base, compare, FOLDERS, isLinux, operation } from './random-operations.ts';

/** A layer below with the folders and a file in them, and an empty one above. */
function overlayOfTwo(options: string): TestSystem {
  const context = new TestContext();
  const layers = new TestSystem(tmpfs.mount('tmpfs', '', false, context));
  context.tree = layers.mounts;
  for (const folder of ['/l', '/u', '/work']) layers.mkdir(folder);
  for (const folder of FOLDERS) layers.mkdir(`/l${folder}`);
  layers.write('/l/w/d/e/a', 'lower');
  return new TestSystem(
    overlay.mount('overlay', `lowerdir=/l,upperdir=/u,workdir=/work,${options}`, false, context),
  );
}

let mounted = 0;

// Also what a test that failed has left mounted.
afterAll(() => {
  for (let i = 0; i < mounted; i++) dropNativeOverlay(path.join(base, `overlay-${i}`, 'm'));
});

/** The same on Linux's overlay. */
function nativeOverlay(options: string): string {
  const folder = path.join(base, `overlay-${mounted++}`);
  for (const part of ['l', 'u', 'work', 'm'])
    fs.mkdirSync(path.join(folder, part), { recursive: true });
  for (const below of FOLDERS) fs.mkdirSync(`${folder}/l${below}`);
  fs.writeFileSync(`${folder}/l/w/d/e/a`, 'lower');
  const layers = `lowerdir=${folder}/l,upperdir=${folder}/u,workdir=${folder}/work,${options}`;
  const { status, stderr } = spawnSync(
    'mount',
    ['-t', 'overlay', '-o', layers, 'overlay', `${folder}/m`],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return `${folder}/m`;
}

function dropNativeOverlay(folder: string): void {
  spawnSync('umount', [folder]);
}

function mayMountOverlay(): boolean {
  try {
    dropNativeOverlay(nativeOverlay('redirect_dir=off,index=off'));
    return true;
  } catch (error) {
    console.warn(`SKIPPED: no overlay of Linux to compare with: ${String(error)}`);
    return false;
  }
}

const plainOperation = operation.filter(({ kind }) => kind !== 'link' && kind !== 'symlink');

describe.skipIf(!isLinux)('random sequences of operations end as on Linux', () => {
  it('overlay, on the steps that a plain folder allows', () => {
    compare(
      () => overlayOfTwo('redirect_dir=on'),
      (system) => system.mounts.unmountAll(),
      {
        makeNative() {
          const folder = fs.mkdtempSync(path.join(base, 'native-'));
          fs.mkdirSync(`${folder}/w/d/e`, { recursive: true });
          fs.writeFileSync(`${folder}/w/d/e/a`, 'lower');
          return folder;
        },
        share: 0.5,
      },
    );
  });

  it.skipIf(!isLinux || !mayMountOverlay())('overlay, as that of Linux', () => {
    compare(
      () => overlayOfTwo('redirect_dir=off'),
      (system) => system.mounts.unmountAll(),
      {
        makeNative: () => nativeOverlay('redirect_dir=off,index=off'),
        finishNative: dropNativeOverlay,
        share: 0.5,
      },
    );
  });

  it.skipIf(!hasDosTools).each(['-F 12 -s 1', '-F 32 -s 1'])('mkfs.fat %s', (options) => {
    const image = mkfsFat(options.startsWith('-F 12') ? 2000 : 4000, ...options.split(' '));
    let disk: MemoryDisk;
    compare(
      () => {
        const context = new TestContext();
        disk = loadBytes(image, context);
        context.devices.set('vda', disk);
        return new TestSystem(vfat.mount('vda', 'fmask=0133,dmask=0022', false, context));
      },
      (system) => {
        system.mounts.unmountAll();
        expect(fsckFat(disk)).toBe('');
      },
      { operations: plainOperation, share: 0.3 },
    );
  });
});
