/** Options of boot(): what they do, and what is said of wrong ones. */
import * as nodeFs from 'node:fs';
import { Volume } from 'memfs';
import { describe, expect, test } from 'vitest';
import { type BootOptions, boot, ClosedError, OptionError } from '../../src/index.ts';

const SMALL = { memory: '64M' } as const;

test('user, environment and memory are those of all programs', async () => {
  const os = await boot({ memory: '48M', user: 'user', env: { A: 'b' } });
  try {
    const { stdout } = await os.exec(
      'id -un; echo $A; awk "/MemTotal/ { print \\$2 }" /proc/meminfo',
    );
    const [user, value, total] = stdout.split('\n');
    expect([user, value]).toEqual(['user', 'b']);
    expect(Number(total)).toBeGreaterThan(32 * 1024);
    expect(Number(total)).toBeLessThanOrEqual(48 * 1024);
    expect((await os.exec('id -un', { user: 'root' })).stdout).toBe('root\n');
  } finally {
    await os.close();
  }
});

test('volumes can be read-only, and node:fs is one', async () => {
  const volume = Volume.fromJSON({ '/a': 'kept\n' });
  const mounts = {
    '/data': { source: volume, readOnly: true },
    '/host': { source: nodeFs, readOnly: true },
  };
  const os = await boot({ ...SMALL, mounts });
  try {
    const { stdout, stderr } = await os.exec('cat /data/a; echo x > /data/b; echo y > /data/a');
    expect(stdout).toBe('kept\n');
    expect(stderr.match(/Read-only file system/g)).toHaveLength(2);
    expect(volume.toJSON()).toEqual({ '/a': 'kept\n' });
    const own = await os.exec(['cat', `/host${import.meta.filename}`]);
    expect(own.stdout).toContain('volumes can be read-only, and node:fs is one');
  } finally {
    await os.close();
  }
});

describe('a seed', () => {
  const randomOf = async (options: BootOptions) => {
    const os = await boot({ ...SMALL, ...options });
    try {
      return (await os.exec('head -c 8 /dev/urandom | od -An -tx1; sleep 1000')).stdout;
    } finally {
      await os.close();
    }
  };

  test('is the same by each of its names', async () => {
    const seven = await randomOf({ seed: 7 });
    expect(await randomOf({ deterministic: 7 })).toBe(seven);
    expect(await randomOf({ deterministic: true, seed: 7 })).toBe(seven);
    const one = await randomOf({ clock: 'virtual' });
    expect(await randomOf({ deterministic: true })).toBe(one);
    expect(one).not.toBe(seven);
  });
});

describe('a signal', () => {
  test('that is aborted before or during the boot is the reason why there is no machine', async () => {
    const reason = new Error('changed my mind');
    await expect(boot({ ...SMALL, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const booting = boot({ ...SMALL, signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(booting).rejects.toBe(reason);
  });

  test('closes the machine later on', async () => {
    const controller = new AbortController();
    const os = await boot({ ...SMALL, signal: controller.signal });
    const running = os.exec('sleep 1000');
    controller.abort();
    await expect(running).rejects.toThrow(ClosedError);
  });
});

test.each<[BootOptions, string]>([
  [{ memory: 'much' }, "memory: 'much' is no size; write for example 256M or 1G"],
  [{ harts: 9 }, 'harts: 9 is outside 1 to 8'],
  [{ harts: '2' as unknown as number }, "harts: '2' is no number; write 1 to 8"],
  [{ disks: ['/tmp'] }, "disk: '/tmp' is a folder; name a file, or mount the folder"],
  ...['/', '/proc', '/x/../run/'].map((path): [BootOptions, string] => [
    { mounts: { [path]: '/tmp' } },
    `mount: '${path}' is the system's own; write another folder, such as /mnt/data`,
  ]),
  [{ mounts: { '/proc/x': '/tmp' } }, "mount: the guest cannot have a folder at '/proc/x': ENOENT"],
  [{ seed: -1 }, 'seed: -1 is none; write a whole number from 0'],
  [{ seed: 1, deterministic: 2 }, 'seed: 1 is not that of deterministic, 2; give one'],
  [{ seed: 1, clock: 'real' }, 'clock: a deterministic machine has virtual time; leave out one'],
  [{ clock: 'fast' as 'real' }, "clock: 'fast'; write real or virtual"],
  [{ net: 'user' as 'none' }, "net: 'user'; this version has none"],
  [
    { mounts: { '/x': {} as Volume } },
    "mount: what is for '/x' cannot be mounted; give a folder's path, or an object with node:fs's synchronous functions",
  ],
  [
    { snapshot: new Uint8Array(1), memory: '1G' },
    'snapshot: memory is as the snapshot says; leave it out',
  ],
  [{ mounts: { '/x': '/nowhere' } }, "mount: cannot read the host folder '/nowhere'"],
])('%j is refused', async (options, message) => {
  const error: unknown = await boot(options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OptionError);
  expect((error as OptionError).message).toBe(message);
});
