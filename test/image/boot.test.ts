/** Roots of other systems: booted from a folder, an archive and an image, none of which is changed. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { boot } from '../../src/api/system.ts';
import { debianFolder } from '../support/debian.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-foreign-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const cli = path.resolve(import.meta.dirname, '../../dist/cli.js');
const busybox = debianFolder('busybox', ['busybox-static'], false);

beforeAll(() => {
  if (!busybox) return;
  fs.mkdirSync(at('root/bin'), { recursive: true });
  fs.copyFileSync(path.join(busybox, 'usr/bin/busybox'), at('root/bin/busybox'));
  fs.chmodSync(at('root/bin/busybox'), 0o755);
  for (const name of ['sh', 'cat', 'ls', 'touch'])
    fs.symlinkSync('busybox', at(`root/bin/${name}`));
  fs.mkdirSync(at('root/etc'));
  fs.writeFileSync(at('root/etc/fstab'), '/dev/nowhere / ext4 defaults 0 1\n');
  execFileSync('tar', ['-czf', at('root.tar.gz'), '-C', at('root'), '.']);
  execFileSync(process.execPath, [cli, 'image', 'import', at('root'), at('root.img')], {
    stdio: 'ignore',
  });
});

const hash = (file: string): string =>
  createHash('sha256').update(fs.readFileSync(file)).digest('hex');

for (const source of ['root', 'root.tar.gz', 'root.img']) {
  it.skipIf(!busybox)(`boots ${source}, with init from Hartix's own image`, async () => {
    const before = source === 'root' ? '' : hash(at(source));
    const os = await boot({ rootfs: at(source) });
    try {
      const { stdout, stderr } = await os.exec(
        'cat /etc/fstab; cat /proc/1/comm; touch /new; ls /new; ls /run/hartix/etc/os-release',
      );
      expect([stdout, stderr]).toEqual([
        '/dev/nowhere / ext4 defaults 0 1\ninit\n/new\n/run/hartix/etc/os-release\n',
        '',
      ]);
    } finally {
      await os.close();
    }
    if (source === 'root') expect(fs.existsSync(at('root/new'))).toBe(false);
    else expect(hash(at(source))).toBe(before);
  });
}

it('builds an image of its own system with a folder over it, which keeps its own init', async () => {
  fs.mkdirSync(at('over/etc'), { recursive: true });
  fs.writeFileSync(at('over/etc/rc'), '#!/bin/sh\necho from rc > /tmp/rc\n', { mode: 0o755 });
  execFileSync(process.execPath, [cli, 'image', 'build', at('over'), at('own.img')], {
    stdio: 'ignore',
  });
  const os = await boot({ rootfs: at('own.img') });
  try {
    const { stdout } = await os.exec('while ! [ -s /tmp/rc ]; do :; done; cat /tmp/rc; ls /run');
    expect(stdout).toBe('from rc\n');
  } finally {
    await os.close();
  }
});

it.skipIf(!busybox)('leaves no temporary image behind', async () => {
  const temporary = at('tmp');
  fs.mkdirSync(temporary);
  vi.stubEnv('TMPDIR', temporary);
  try {
    const system = await boot({ rootfs: at('root.tar.gz') });
    expect(fs.readdirSync(temporary)).toEqual([]);
    await system.close();
    fs.writeFileSync(at('none.tar'), 'no archive');
    await expect(boot({ rootfs: at('none.tar') })).rejects.toThrow(/no tar archive/);
    expect(fs.readdirSync(temporary)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
  }
});
