/** The request queue of a disk, and disks that take their time, as the guest sees them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hasTools } from '../fs/e2fsprogs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-queue-'));
const DISK = join(WORK, 'disk.img');
afterAll(() => rmSync(WORK, { recursive: true }));
writeFileSync(DISK, '');
truncateSync(DISK, 32 * 2 ** 20);

function guest(options: readonly string[], script: string) {
  const argv = [CLI, 'run', ...options, '--', 'sh', '-c', script];
  return spawnSync(process.execPath, argv, { encoding: 'utf8' });
}

/** Seconds of `count` MiB read from the start, and of 4 sectors here and there. */
function times(model: string): { sequential: number; random: number } {
  const script = `cd /sys/block/vdb/queue; cat rotational
    a=$(date +%s%N); dd if=/dev/vdb of=/dev/null bs=1M count=8 2>/dev/null
    b=$(date +%s%N); for s in 60000 100 50000 9000; do dd if=/dev/vdb of=/dev/null bs=512 count=1 skip=$s 2>/dev/null; done
    c=$(date +%s%N); echo $(( (b - a) / 1000 )) $(( (c - b) / 1000 ))`;
  const { stdout } = guest(['--deterministic=1', '--disk', `${DISK}:cow,model=${model}`], script);
  const [rotational, line = ''] = stdout.split('\n');
  expect(rotational).toBe(model === 'hdd' ? '1' : '0');
  const [sequential = 0, random = 0] = line.split(' ').map(Number);
  return { sequential: sequential / 1e6, random: random / 1e6 };
}

test('a hard disk seeks, an SSD does not; the bandwidths are the models', () => {
  const hdd = times('hdd');
  const ssd = times('ssd');
  // 8 MiB at 5 ms, and at 1 ms.
  expect(hdd.sequential).toBeGreaterThan(0.04);
  expect(ssd.sequential).toBeGreaterThan(0.008);
  expect(ssd.sequential).toBeLessThan(hdd.sequential);
  // Four seeks of 6 ms and more.
  expect(hdd.random - ssd.random).toBeGreaterThan(0.024);
  expect(guest(['--disk', `${DISK},model=tape`], 'true').stderr).toMatch(/model=tape: write hdd/);
});

test.skipIf(!hasTools)(
  'sync gathers writes, the scheduler is chosen, the trace says what went',
  () => {
    spawnSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '4096', DISK]);
    const script = `cd /sys/block/vdb/queue; cat scheduler nr_requests; echo look > scheduler && echo 64 > nr_requests
    cat scheduler nr_requests; (echo no > scheduler) 2>/dev/null || echo refused
    mount -t ext4 /dev/vdb /mnt && for i in 1 2 3 4 5 6; do dd if=/dev/zero of=/mnt/$i bs=8k count=1 2>/dev/null; done
    sync; awk '$3 == "vdb" { print ($9 > 0) }' /proc/diskstats 2>/dev/null || set -- $(grep vdb /proc/diskstats); umount /mnt`;
    const { stdout, stderr } = guest(['--trace', 'block', '--disk', `${DISK}:cow`], script);
    const all = 'mq-deadline fcfs ssf scan c-scan';
    expect(stdout.split('\n').slice(0, 5)).toEqual([
      `[none] ${all} look c-look`,
      '128',
      `none ${all} [look] c-look`,
      '64',
      'refused',
    ]);
    const events = stderr.split('\n').filter((line) => line.startsWith('[block] vdb '));
    const kinds = events.map((line) => line.split(' ')[2]);
    for (const kind of ['Q', 'M', 'D', 'C']) expect(kinds).toContain(kind);
    const merged = events.filter((line) => /vdb M W/.test(line)).length;
    expect(merged).toBeGreaterThanOrEqual(5);
  },
);
