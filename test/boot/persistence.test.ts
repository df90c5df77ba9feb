/** A disk of the user's: what was fsynced is there after SIGKILL of the host's process, and there is one writer at a time. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasTools } from '../fs/e2fsprogs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-persistence-'));
const DISK = join(WORK, 'disk.img');
/** Each is killed in the middle of another step. */
const KILLS = [3, 14];

beforeAll(() => {
  if (hasTools) execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', DISK, '32M']);
});
afterAll(() => rmSync(WORK, { recursive: true }));

/** Replaces one file and adds another in each round; says the round's number when both are said to be stored. */
const WORKLOAD = `mount -t ext4 /dev/vdb /mnt && cd /mnt && mkdir -p $0 && i=0
  while i=$((i + 1)); do
    seq $i $((i + 3000)) > new && sync new && mv new $0/current && sync $0
    seq $i $((i + 100)) > $0/$i && sync $0/$i
    echo $i
  done`;
const VERIFY = `mount -t ext4 /dev/vdb /mnt && cd /mnt/$0 && i=0
  while [ $i -lt $1 ]; do
    i=$((i + 1)); seq $i $((i + 100)) | cmp - $i || exit 3
  done
  first=$(head -1 current); [ $first -ge $1 ] || exit 4
  seq $first $((first + 3000)) | cmp - current || exit 5
  cd / && umount /mnt`;

function hartix(args: readonly string[]) {
  return spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', timeout: 60_000 });
}

describe.skipIf(!hasTools)('a disk file', () => {
  test.each(KILLS)('keeps what was fsynced when Hartix is killed in round %i', async (round) => {
    const args = ['run', '--disk', DISK, '--', 'sh', '-c', WORKLOAD, `run${round}`];
    const victim = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    victim.stderr.on('data', (bytes: Buffer) => {
      errors += bytes.toString();
    });
    const exit = once(victim, 'exit');
    victim.stdout.on('data', (bytes: Buffer) => {
      out += bytes.toString();
      if (out.trim().split('\n').length >= round) victim.kill('SIGKILL');
    });
    expect(await exit, errors).toEqual([null, 'SIGKILL']);
    const promised = out.slice(0, out.lastIndexOf('\n')).split('\n').length;
    expect(promised).toBeGreaterThanOrEqual(round);
    expect(existsSync(`${DISK}.lock`)).toBe(true);

    const verify = ['run', '--disk', DISK, '--', 'sh', '-c', VERIFY, `run${round}`];
    expect(hartix([...verify, String(promised)])).toMatchObject({ status: 0, stdout: '' });
    expect(existsSync(`${DISK}.lock`)).toBe(false);
    const { status, stdout } = spawnSync('e2fsck', ['-fn', DISK], { encoding: 'utf8' });
    expect(stdout).toMatch(/files/);
    expect(status).toBe(0);
  });

  test('is refused to a second writer, not to readers', async () => {
    const first = spawn(
      process.execPath,
      [CLI, 'run', '--disk', DISK, '--', 'sh', '-c', 'echo up; cat'],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const exit = once(first, 'exit');
    await once(first.stdout, 'data');
    const { status, stderr } = hartix(['run', '--disk', DISK, '--', 'true']);
    expect(stderr).toBe(
      `hartix: disk: '${DISK}' is written by process ${first.pid}; use '${DISK}:ro' or '${DISK}:cow', or remove ${DISK}.lock if that is wrong\n`,
    );
    expect(status).toBe(2);
    for (const spec of [`${DISK}:ro`, `${DISK}:cow`]) {
      expect(hartix(['run', '--disk', spec, '--', 'true']).status).toBe(0);
    }
    first.stdin.end();
    await exit;
    expect(existsSync(`${DISK}.lock`)).toBe(false);
  });
});

/** A small tmpfs in a namespace of its own: root of the host is not needed where users may make such. */
const unshare = ['-rm', 'sh', '-c'];
const canMount = spawnSync('unshare', [...unshare, 'mount -t tmpfs none /mnt']).status === 0;
if (!canMount)
  console.warn('SKIPPED: no mounts in a namespace here: a full host disk is not tried');

test.skipIf(!canMount)("the host's ENOSPC is the guest's, and the disk goes on", () => {
  const guest = `dd if=/dev/zero of=/dev/vdb bs=64k count=4 conv=fsync && yes | head -c 4000000 | cat > /tmp/y
    dd if=/tmp/y of=/dev/vdb bs=64k seek=4
    echo $?; dd if=/dev/vdb bs=64k count=4 | cksum; dmesg | grep -c 'critical space allocation error, dev vdb, sector'`;
  const host = `mount -t tmpfs -o size=2m none ${WORK} && truncate -s 8M ${WORK}/d && '${process.execPath}' ${CLI} run --disk ${WORK}/d -- sh -c "$0"; ls -l ${WORK}`;
  const { stdout, stderr } = spawnSync('unshare', [...unshare, host, guest], { encoding: 'utf8' });
  const [status, sum, lines, ...rest] = stdout.split('\n');
  expect([status, sum, lines], stderr).toEqual(['1', '3975907619 262144', '1']);
  expect(stderr).toMatch(/No space left on device/);
  expect(rest.join('\n')).toMatch(/ 8388608 .* d\n/);
});
