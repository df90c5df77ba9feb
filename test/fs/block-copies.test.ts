/** Up to three copies of a metadata block of a mounted ext4, by debugfs; /proc/fs/jbd2. Debian's debugfs says the same of log and home. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';

let os: System;
beforeAll(async () => {
  os = await boot();
}, 60_000);
afterAll(() => os.close());

it('a block is in the cache, in the log and at home, and only at home after umount', async () => {
  const script = `cd /tmp; truncate -s 16M e.img; mkfs.ext4 -q e.img; mkdir -p m; mount -t ext4 -o loop e.img m
  for i in 1 2 3; do echo $i >m/f$i; sync; done; cat /proc/fs/jbd2/loop0-8/info
  b=$(debugfs -R 'blocks <2>' /dev/loop0 2>/dev/null | cut -d' ' -f1); echo 4 >m/f4
  debugfs -R "block $b" /dev/loop0; sync; debugfs -R "block $b" /dev/loop0; umount m; debugfs -R "block $b" e.img; ls /proc/fs/jbd2`;
  const { stdout } = await os.exec(script);
  expect(stdout).toMatch(
    /^3 transactions \(3 requested\), each up to \d+ blocks\naverage: \n {2}\d+ handles per transaction\n {2}\d+ blocks/,
  );
  const found = [...stdout.matchAll(/^(cache|log|home) +(crc32c 0x\w+|none)( \w+)?/gm)];
  const at = (index: number): string | undefined => found[index]?.[2];
  expect(found.map((match) => match[1])).toEqual([
    'cache',
    'log',
    'home',
    'cache',
    'log',
    'home',
    'cache',
    'log',
    'home',
  ]);
  // A change that nobody committed, what the last commit holds, and what the disk had before.
  expect(found[0]?.[3]).toBe(' dirty');
  expect(new Set([at(0), at(1), at(2)]).size).toBeGreaterThanOrEqual(2);
  expect(found[3]?.[3]).toBe(' logged');
  expect([at(3), at(3) === at(5)]).toEqual([at(4), false]);
  expect([at(6), at(7), at(8)]).toEqual(['none', 'none', at(4)]);
});
