/** vmwalk's walk of a page table ends in the frame that pagemap names, with the rights of the mapping. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';

let system: System;

beforeAll(async () => {
  system = await boot();
});

afterAll(() => system.close());

test('agrees with maps and pagemap of a process', async () => {
  const pid = await system.spawn('sleep', ['1000']).pid;
  const maps = await system.maps(pid);
  const stack = maps.find(({ path }) => path === '[stack]');
  const code = maps.find(({ permissions }) => permissions === 'r-xp');
  const pages = [
    [(stack?.end ?? 0) - 0x1000, 'VRW-U-AD'],
    [code?.start ?? 0, 'VR-XU-A-'],
  ] as const;
  for (const [address, bits] of pages) {
    const text = `0x${address.toString(16)}`;
    const { stdout } = await system.exec(
      `vmwalk ${pid} ${text}; od -A n -t u8 -j ${(address / 4096) * 8} -N 8 /proc/${pid}/pagemap`,
    );
    const lines = stdout.trimEnd().split('\n');
    const tables = lines.slice(1, 3).map((line) => line.trim().split(/ {2,}/));
    expect(tables.map(([level]) => level)).toEqual(['level 2', 'level 1']);
    expect(tables.map((fields) => fields.at(-2))).toEqual(['V-------', 'V-------']);
    const leaf = /^ {2}level 0 .* (\S{8}) {2}4 KiB page, physical 0x(\w+)$/.exec(lines[3] ?? '');
    expect(leaf?.[1]).toBe(bits);
    // Bits 0 to 54 of a pagemap entry are the frame's number.
    const frame = BigInt(lines[4]?.trim() ?? '') & ((1n << 55n) - 1n);
    expect(BigInt(`0x${leaf?.[2]}`) >> 12n).toBe(frame);
  }
  expect(await system.exec(`vmwalk ${pid} 0x1000`)).toMatchObject({
    stdout: expect.stringMatching(/level 1 .* not valid\n$/),
  });
  expect(await system.exec(`vmwalk ${pid} 0x8000000000`)).toMatchObject({ exitCode: 1 });
  const denied = await system.exec(`vmwalk ${pid} 0x1000`, { user: 'user' });
  expect(denied).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/denied|permitted/) });
});
