/** File systems of a booted guest, seen from the host: what a disk and a folder hold afterwards. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { hasDosTools, mtools } from './dosfstools.ts';

const CLI = path.resolve(import.meta.dirname, '../../dist/cli.js');
const hasTools = spawnSync('mke2fs', ['-V']).status === 0;
if (!hasTools) console.warn('e2fsprogs is missing: disks of the guest are not checked');

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-guest-fs-'));
afterAll(() => fs.rmSync(work, { recursive: true }));

function guest(
  options: readonly string[],
  script: string,
): { status: number | null; text: string } {
  const argv = [CLI, 'run', ...options, '--', 'sh', '-c', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, text: stdout + stderr };
}

it.skipIf(!hasTools).each(['ext2', 'ext4'])(
  'keeps what was written to a disk of mke2fs -t %s, and leaves it clean',
  (type) => {
    const disk = path.join(work, `${type}.img`);
    spawnSync('mke2fs', ['-q', '-t', type, '-b', '1024', disk, '16M']);
    const script = `mount -t ${type} /dev/vdb /mnt && cp -r /etc /mnt/ && mkfifo /mnt/fifo
    ln -s etc/passwd /mnt/link; dd if=/dev/zero of=/mnt/zeros bs=1000 count=3000 2>/dev/null
    rm /mnt/etc/passwd; mv /mnt/etc /mnt/moved; exit 5`;
    expect(guest(['--disk', disk], script)).toEqual({ status: 5, text: '' });
    const check = spawnSync('e2fsck', ['-fn', disk], { encoding: 'utf8' });
    expect([check.status, check.stdout]).toEqual([0, check.stdout]);
    const debugfs = (request: string): string =>
      spawnSync('debugfs', ['-R', request, disk], { encoding: 'utf8' }).stdout;
    expect(debugfs('stat zeros')).toContain('Size: 3000000');
    expect(debugfs('stat fifo')).toContain('Type: FIFO');
    expect(debugfs('cat moved/hostname').length).toBeGreaterThan(1);
    expect(debugfs('ls -p moved')).not.toContain('/passwd/');
    const reading = `mount -t ${type} -o ro /dev/vdb /mnt && cat /mnt/moved/hostname && touch /mnt/x`;
    expect(guest(['--disk', `${disk}:ro`], reading).text).toContain('Read-only file system');
  },
);

it.skipIf(!hasTools).each([
  ['-t ext4', ['', '-n', '-z', '-c', '-i', '-p']],
  // Linux: ext4_do_fallocate.
  ['-t ext4 -O ^extents,^64bit', ['-p']],
  ['-t ext3', ['-p']],
])('fallocate on mke2fs %s: modes %j', (options, modes) => {
  const disk = path.join(work, 'fallocate.img');
  spawnSync('mke2fs', ['-q', '-F', ...options.split(' '), '-b', '1024', disk, '16M']);
  const [, type] = options.split(' ');
  const script = `mount -t ${type} /dev/vdb /mnt; head -c 8192 /dev/zero > /mnt/file; for mode in '' -n -z -c -i -p; do
    fallocate $mode -l 4096 /mnt/file 2> /dev/null && echo "[$mode]"; done`;
  const { text } = guest(['--disk', `${disk}:cow`], script);
  expect(text.split('\n').slice(0, -1)).toEqual(modes.map((mode) => `[${mode}]`));
});

it.skipIf(!hasDosTools)('keeps what was written to a disk of mkfs.fat, and leaves it clean', () => {
  const disk = path.join(work, 'fat.img');
  spawnSync('mkfs.fat', ['-C', '-n', 'HARTIX', disk, '4096']);
  const script = `mount -t vfat -o uid=5,fmask=0137 /dev/vdb /mnt && grep /mnt /proc/mounts && mkdir /mnt/etc &&
    cp /etc/passwd /etc/hostname /mnt/etc/ && mv /mnt/ETC '/mnt/A long name' && cat '/mnt/a LONG name/HOSTNAME' && stat -c '%u %a' /mnt/alongn~1/passwd`;
  const { status, text } = guest(['--disk', disk], script);
  expect([status, text.split('\n')]).toEqual([
    0,
    [
      '/dev/vdb /mnt vfat rw,relatime,uid=5,fmask=0137,dmask=0022,codepage=437,iocharset=ascii,shortname=mixed,utf8,errors=remount-ro 0 0',
      'hartix',
      '5 640',
      '',
    ],
  ]);
  const check = spawnSync('fsck.fat', ['-n', disk], { encoding: 'utf8' });
  expect([check.status, check.stdout]).toEqual([0, check.stdout]);
  expect(mtools(disk, 'mtype', '::A long name/hostname')).toBe('hartix\n');
});

it.skipIf(!hasTools)(
  'has what was synced when the host kills it at once',
  { timeout: 120_000 },
  async () => {
    const disk = path.join(work, 'killed.img');
    spawnSync('mke2fs', ['-q', '-t', 'ext4', '-b', '1024', disk, '16M']);
    const script = `mount -t ext4 /dev/vdb /mnt && cp -r /etc /mnt/ && echo kept > /mnt/file && sync && echo synced
    while :; do echo more >> /mnt/file; mkdir /mnt/d; rmdir /mnt/d; done`;
    const argv = [CLI, 'run', '--disk', disk, '--', 'sh', '-c', script];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data');
    expect(String(line)).toBe('synced\n');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(spawnSync('dumpe2fs', ['-h', disk], { encoding: 'utf8' }).stdout).toContain(
      'needs_recovery',
    );
    spawnSync('e2fsck', ['-fy', '-E', 'journal_only', disk]);
    const check = spawnSync('e2fsck', ['-fn', disk], { encoding: 'utf8' });
    expect([check.status, check.stdout]).toEqual([0, check.stdout]);
    const { stdout } = spawnSync('debugfs', ['-R', 'cat file', disk], { encoding: 'utf8' });
    expect(stdout).toMatch(/^kept\n(more\n)*$/);
  },
);

it('runs the whole system from an overlay, whose upper layer has what changed', () => {
  const script = `mkdir /tmp/u /tmp/w && mount -t overlay -o lowerdir=/,upperdir=/tmp/u,workdir=/tmp/w overlay /mnt &&
    grep /mnt /proc/mounts && chroot /mnt sh -c 'echo changed > /etc/hostname; rm /etc/passwd; cat /etc/hostname; ls /etc/passwd' 2>&1
    find /tmp/u | sort; stat -c '%F %t:%T' /tmp/u/etc/passwd; cat /etc/hostname; umount /mnt && cat /tmp/u/etc/hostname`;
  const { status, text } = guest([], script);
  expect([status, text.split('\n')]).toEqual([
    0,
    [
      'overlay /mnt overlay rw,relatime,lowerdir=/,upperdir=/tmp/u,workdir=/tmp/w 0 0',
      'changed',
      expect.stringContaining('No such file or directory'),
      '/tmp/u',
      '/tmp/u/etc',
      '/tmp/u/etc/hostname',
      '/tmp/u/etc/passwd',
      'character special file 0:0',
      'hartix',
      'changed',
      '',
    ],
  ]);
});

it('works on a folder of the host as on its own files', () => {
  const folder = path.join(work, 'folder');
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'from-host'), 'hello\n');
  const script = `cd /data && cp /bin/cat . && ./cat from-host && mkdir d && ./cat from-host >> d/out &&
    ./cat d/out >> from-host && ln -s d/out link && ./cat link && mv d e && ls e && rm cat`;
  const { status, text } = guest(['--mount', `${folder}:/data`], script);
  expect([status, text]).toEqual([0, 'hello\nhello\nout\n']);
  expect(fs.readFileSync(path.join(folder, 'from-host'), 'utf8')).toBe('hello\nhello\n');
  expect(fs.readdirSync(folder).sort()).toEqual(['e', 'from-host', 'link']);
});
