/** A guest's writes to its disk, recorded, and cut at many places: what it had been promised is there. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hasTools } from './e2fsprogs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-recording-'));
afterAll(() => rmSync(WORK, { recursive: true }));

/** The file system ends here; what lies behind it is for marks. */
const MARK_SECTOR = 12 * 2048;

function hartix(...args: readonly string[]) {
  return spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8' });
}

describe.skipIf(!hasTools)('hartix crash --recording', () => {
  const disk = join(WORK, 'disk.img');
  const before = join(WORK, 'before.img');
  const recording = join(WORK, 'recording');

  test('finds each replaced file whole, as new as was promised', () => {
    spawnSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '1024', '-J', 'size=1', disk, '12M']);
    truncateSync(disk, 13 * 2 ** 20);
    copyFileSync(disk, before);
    const workload = `mount -t ext4 /dev/vdb /mnt && cd /mnt && for i in 1 2 3 4 5 6; do
      seq $i $((i + 500)) > new && sync new && mv new current && sync .
      echo $i | dd of=/dev/vdb bs=512 seek=${MARK_SECTOR} conv=notrunc,sync 2>/dev/null; done`;
    const run = hartix('run', '--disk', `${disk},record=${recording}`, '--', 'sh', '-c', workload);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const check = `test -z "$MARK" && exit 0; first=$(head -n 1 current)
      test "$first" -ge "$MARK" && seq $first $((first + 500)) | cmp - current`;
    const common = ['--recording', recording, '--image', before, '--mark-sector'];
    const { status, stdout } = hartix(
      ...['crash', ...common, String(MARK_SECTOR), '--check', check, '--cuts', '20'],
    );
    expect(stdout).toMatch(/; 20 power cuts\n20 cuts, 20 clean; 20 promises looked at\n$/);
    expect(status).toBe(0);
    // The same check finds a promise that nobody made.
    const never = hartix(...['crash', ...common, '99', '--check', 'test -e never', '--cuts', '2']);
    expect(never.stdout).toMatch(/2 {2}the check failed/);
    expect(never.status).toBe(1);
  });
});
