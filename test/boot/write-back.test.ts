/** What a guest writes reaches its disks by itself, as time passes: VFS-12, MEM-15. Time is the machine's, so that nobody waits. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const hasTools = spawnSync('mke2fs', ['-V']).status === 0;
if (!hasTools) console.warn('SKIPPED: there is no e2fsprogs');
const FOLDER = mkdtempSync(join(tmpdir(), 'hartix-write-back-'));
const DISK = join(FOLDER, 'disk');

beforeEach(() => {
  rmSync(DISK, { force: true });
  spawnSync('mke2fs', ['-q', '-t', 'ext4', DISK, '16M']);
});

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const options = ['--deterministic', '--disk', DISK, '--', 'sh', '-c'];

test.skipIf(!hasTools)(
  'dirty pages are stored after 30 s, with a journal the new ones after 5 s',
  () => {
    const script = `mount -t ext4 /dev/vdb /mnt; cd /mnt
    dirty() { grep -E '^(Dirty|Writeback):' /proc/meminfo | tr -d ' \\n'; echo; }
    dd if=/dev/zero of=new bs=64k count=4 2>/dev/null; dd if=/dev/zero of=/root/new bs=64k count=2 2>/dev/null
    dirty; sleep 7; dirty; sleep 34; dirty
    ps -e | grep -o 'kworker.*flush.*'
    echo again | dd of=new conv=notrunc 2>/dev/null; dirty; sync; dirty
    echo 4096 > /proc/sys/vm/dirty_background_bytes; cat /proc/sys/vm/dirty_background_ratio
    dd if=/dev/zero of=many bs=64k count=4 2>/dev/null; sleep 0.1; dirty
    echo 3 > /proc/sys/vm/drop_caches; before=$(awk '$3 == "vdb" { print $4 }' /proc/diskstats)
    cat many > /dev/null; first=$(awk '$3 == "vdb" { print $4 }' /proc/diskstats)
    cat many > /dev/null; second=$(awk '$3 == "vdb" { print $4 }' /proc/diskstats)
    echo $((first > before)) $((second - first))`;
    const { stdout, stderr } = spawnSync(process.execPath, [CLI, 'run', ...options, script], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect((stdout + stderr).split('\n')).toEqual([
      'Dirty:384kBWriteback:0kB',
      'Dirty:128kBWriteback:0kB',
      'Dirty:0kBWriteback:0kB',
      expect.stringMatching(/^kworker\/u2:0-flush-254:(0|16)$/),
      'Dirty:4kBWriteback:0kB',
      'Dirty:0kBWriteback:0kB',
      '0',
      'Dirty:0kBWriteback:0kB',
      '1 0',
      '',
    ]);
  },
  90_000,
);

test.skipIf(!hasTools)(
  'with lazytime times go to the disk after dirtytime_expire_seconds, not with what is written',
  () => {
    const script = `mount -t ext4 -o lazytime /dev/vdb /mnt; cd /mnt; grep -c /mnt.ext4.rw,lazytime,relatime /proc/mounts
    grep -c ' rw,lazytime' /proc/self/mountinfo; cat /proc/sys/vm/dirtytime_expire_seconds; echo 120 > /proc/sys/vm/dirtytime_expire_seconds
    echo x > f; sync; sectors() { awk '$3 == "vdb" { print $10 }' /proc/diskstats; }
    a=$(sectors); echo y | dd of=f conv=notrunc 2>/dev/null; sleep 60; b=$(sectors); sleep 100; c=$(sectors)
    echo $((b - a)) $((c > b)); mount -o remount,nolazytime /mnt; grep -c lazytime /proc/mounts`;
    const { stdout, stderr } = spawnSync(process.execPath, [CLI, 'run', ...options, script], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    // The block of 1 KiB alone, then the journal.
    expect((stdout + stderr).split('\n')).toEqual(['1', '1', '43200', '2 1', '0', '']);
  },
  90_000,
);

test.skipIf(!hasTools)(
  'what was written longer ago than commit= is there when the machine is killed',
  async () => {
    const script = `mount -t ext4 -o commit=2 /dev/vdb /mnt && mkdir /mnt/d && echo kept > /mnt/d/file && sleep 3 && echo lost > /mnt/late && echo now; read line`;
    const child = spawn(process.execPath, [CLI, 'run', ...options, script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    expect(String(line)).toBe('now\n');
    child.kill('SIGKILL');
    await once(child, 'exit');
    spawnSync('e2fsck', ['-fy', '-E', 'journal_only', DISK]);
    const check = spawnSync('e2fsck', ['-fn', DISK], { encoding: 'utf8' });
    expect([check.status, check.stdout]).toEqual([0, check.stdout]);
    const { stdout } = spawnSync('debugfs', ['-R', 'cat d/file', DISK], { encoding: 'utf8' });
    expect(stdout).toBe('kept\n');
  },
  90_000,
);
