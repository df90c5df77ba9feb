/** The board's monitor: devices that are put into the running machine, and taken out of it, as its guest sees them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, OptionError, type System } from '../../src/index.ts';

const WORK = mkdtempSync(join(tmpdir(), 'hartix-hot-plug-'));
const DISK = join(WORK, 'disk.img');
const TIMEOUT_MS = 30_000;
const DISK_BYTES = 64 * 2 ** 20;
let system: System;

beforeAll(async () => {
  writeFileSync(DISK, Buffer.alloc(DISK_BYTES, 'Hartix!\n'));
  system = await boot({ harts: 2 });
}, 60_000);

afterAll(async () => {
  await system.close();
  rmSync(WORK, { recursive: true, force: true });
});

async function run(script: string): Promise<{ out: string; err: string }> {
  const { stdout, stderr } = await system.exec(script, { timeout: TIMEOUT_MS });
  return { out: stdout, err: stderr };
}

async function sh(script: string): Promise<string> {
  const { out, err } = await run(script);
  expect(err).toBe('');
  return out;
}

/** Runs `script`, calls `act` when it has made /tmp/ready, and lets it go on with /tmp/go. */
async function during(
  script: string,
  act: () => Promise<unknown>,
): Promise<{ out: string; err: string }> {
  await sh('rm -f /tmp/ready /tmp/go; mkfifo /tmp/go /tmp/ready');
  const running = run(script.replace('PAUSE', 'echo > /tmp/ready; read x < /tmp/go'));
  await sh('read x < /tmp/ready');
  await act();
  await sh('echo > /tmp/go');
  return running;
}

const interrupts = async () =>
  Number(await sh("awk '/hot-plug/ { print $2 + $3 }' /proc/interrupts"));

describe('a disk', () => {
  test('appears in /dev and leaves it, and its open descriptors give ENODEV', async () => {
    const before = await interrupts();
    const added = await system.devices.add({ disk: `${DISK}:cow` });
    expect(added).toEqual({ name: 'disk1', kind: 'block', slot: 3 });
    expect(await interrupts()).toBe(before + 1);
    expect(await sh('cat /sys/block/vdb/size; grep -c vdb /proc/partitions')).toBe('131072\n1\n');
    const read = 'head -c 8 <&3';
    const { out, err } = await during(
      `exec 3< /dev/vdb; ${read}; PAUSE; ${read}; echo $?; ls /dev/vdb /sys/block/vdb`,
      () => system.devices.remove('disk1'),
    );
    expect(out).toBe('Hartix!\n1\n');
    expect(err).toMatch(/No such device/);
    expect(err.match(/No such file or directory/g)).toHaveLength(2);
    expect(await sh('ls /sys/bus/virtio/devices')).toBe('virtio0\nvirtio1\nvirtio2\n');
    expect((await system.devices.list()).map(({ name }) => name)).toEqual([
      'disk0',
      'console0',
      'rng0',
    ]);
  });

  test('tells the helper when it comes and goes', async () => {
    const helper = '#!/bin/sh\\necho "$1 $ACTION $DEVNAME$MODALIAS" >> /tmp/events\\n';
    await sh(`printf '${helper}' > /tmp/helper; chmod +x /tmp/helper`);
    const number = Number(await sh('cat /sys/kernel/uevent_seqnum'));
    await sh('echo /tmp/helper > /sys/kernel/uevent_helper');
    await system.devices.add({ disk: `${DISK}:ro`, name: 'stick' });
    await system.devices.remove('stick');
    await sh('while [ $(cat /tmp/events | wc -l) -lt 6 ]; do sleep 0.05; done');
    await sh('echo > /sys/kernel/uevent_helper');
    expect((await sh('sort /tmp/events')).trimEnd().split('\n')).toEqual([
      'block add vdb',
      'block remove vdb',
      // virtio 1.2, section 5: 2 is a block device; the vendor is QEMU's.
      'virtio add virtio:d00000002v554D4551',
      expect.stringMatching(/^virtio bind/),
      'virtio remove virtio:d00000002v554D4551',
      expect.stringMatching(/^virtio unbind/),
    ]);
    expect(Number(await sh('cat /sys/kernel/uevent_seqnum'))).toBe(number + 6);
  });

  test.each([false, true])(
    'with a file system on it: EIO, and umount (pulled: %s)',
    async (pull) => {
      await system.devices.add({ disk: `${DISK}:cow`, name: 'stick' });
      await sh('dd if=/dev/vda of=/dev/vdb bs=1M 2>/dev/null; mkdir -p /mnt/d');
      await sh('mount -t ext2 /dev/vdb /mnt/d; cmp /etc/os-release /mnt/d/etc/os-release');
      const { out, err } = await during(
        `exec 4> /mnt/d/new; echo lost >&4; PAUSE; cat /mnt/d/bin/ls | wc -c; ls /mnt/d/usr/share; sync; echo synced`,
        () => system.devices.remove('stick', { pull }),
      );
      expect(out).toMatch(/^\s*0\nsynced\n$/);
      expect(err.match(/I\/O error|Input\/output error/g)).toHaveLength(2);
      await sh('umount /mnt/d; ! grep vdb /proc/mounts /proc/partitions');
    },
  );
});

describe('other devices', () => {
  test('a share is mounted by its tag, and gives EIO when it is gone', async () => {
    mkdirSync(join(WORK, 'share'));
    writeFileSync(join(WORK, 'share/file'), 'of the host\n');
    await system.devices.add({ mount: `${join(WORK, 'share')}:ro`, name: 'files', tag: 'here' });
    await sh('mkdir -p /mnt/s; mount -t 9p here /mnt/s');
    expect(await sh('cat /mnt/s/file')).toBe('of the host\n');
    await system.devices.remove('files');
    expect((await run('cat /mnt/s/file')).err).toMatch(/I\/O error|Input\/output error/);
    await run('umount /mnt/s');
    expect(await sh('grep -c /mnt/s /proc/mounts; true')).toBe('0\n');
  });

  test('fill the board, and what has no driver is there all the same', async () => {
    const names: string[] = [];
    for (let slot = 3; slot < 8; slot++) names.push((await system.devices.add({ rng: true })).name);
    expect(names).toEqual(['rng1', 'rng2', 'rng3', 'rng4', 'rng5']);
    expect(await sh('ls /sys/bus/virtio/drivers/virtio_rng | grep -c virtio')).toBe('6\n');
    await expect(system.devices.add({ rng: true })).rejects.toThrow(/all slots .* taken/);
    for (const name of names) await system.devices.remove(name);
    expect(await sh('ls /sys/bus/virtio/drivers/virtio_rng | grep -c virtio')).toBe('1\n');
  });

  test('that cannot be had, or are needed, are refused in one line', async () => {
    await expect(system.devices.add({ disk: '/no/such' })).rejects.toThrow(OptionError);
    await expect(system.devices.add({ disk: WORK })).rejects.toThrow(/is a folder; name a file/);
    await expect(system.devices.add({})).rejects.toThrow(/name one of/);
    await expect(system.devices.add({ rng: true, name: 'rng0' })).rejects.toThrow(/already/);
    await expect(system.devices.remove('console0')).rejects.toThrow(/cannot do without/);
    await expect(system.devices.remove('nothing')).rejects.toThrow(/there are disk0, console0/);
  });
});

test('the root pulled out is EIO to all, and the machine still powers off', async () => {
  const other = await boot({});
  try {
    await other.exec('echo x > /root/new; ls /bin > /dev/null');
    await other.devices.remove('disk0', { pull: true });
    // What was read before is in memory still: the shell goes on.
    const { stdout, stderr } = await other.exec('echo still; ls /lib/modules');
    expect(stdout).toBe('still\n');
    expect(stderr).toMatch(/I\/O error|Input\/output error/);
    expect(await other.shutdown()).toBe(0);
  } finally {
    await other.close();
  }
});
