/** `limits` of boot(): what each does when it is reached, and that the host's folders and memory are spared. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Volume } from 'memfs';
import { afterAll, expect, test } from 'vitest';
import { type BootOptions, boot, LimitError, type Limits, type System } from '../../src/index.ts';

const WORK = mkdtempSync(join(tmpdir(), 'hartix-limits-'));
afterAll(() => rmSync(WORK, { recursive: true, force: true }));

async function within<T>(options: BootOptions, use: (system: System) => Promise<T>): Promise<T> {
  const system = await boot(options);
  try {
    return await use(system);
  } finally {
    await system.close();
  }
}

const ENDLESS = 'while :; do :; done';

test.each<[Limits, string, LimitError['limit']]>([
  [{ instructions: 30_000_000 }, ENDLESS, 'instructions'],
  [{ time: 5000 }, 'sleep 1000', 'time'],
  [{ output: '100K' }, 'yes', 'output'],
])('%j ends the machine', (limits, command, limit) =>
  within({ limits }, async (system) => {
    const error = await system.exec(command).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ code: 'ERR_HARTIX_LIMIT', limit });
    // Whoever comes later is told the same.
    await expect(system.fs.readFile('/etc/passwd')).rejects.toBe(error);
  }),
);

test('tasks: clone fails, and the session of the host still starts', () =>
  within({ limits: { tasks: 20 } }, async (system) => {
    const fork = 'i=0; while [ $i -lt 30 ]; do sleep 1000 & i=$((i+1)); done';
    const bomb = system.spawn('sh', ['-c', fork]);
    await bomb.exit;
    const { stdout } = await system.exec(['/bin/cat', '/proc/sys/kernel/threads-max']);
    expect(stdout).toBe('20\n');
    expect((await system.processes()).length).toBeLessThanOrEqual(20);
  }));

test('threads-max is by RAM as on Linux (fork_init), may be written, and root meets it', () =>
  within({ memory: '64M' }, async (system) => {
    // 64 MiB / (8 stacks of 16 KiB)
    expect(await system.fs.readFile('/proc/sys/kernel/threads-max', 'utf8')).toBe('512\n');
    const forks = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 9 & done';
    const { stderr } = await system.exec(
      `cd /proc/sys/kernel; echo 19 > threads-max; echo 20 > threads-max; ${forks}`,
    );
    expect(stderr).toMatch(/write error.*\n.*fork/is);
    expect(await system.fs.readFile('/proc/sys/kernel/threads-max', 'utf8')).toBe('20\n');
  }));

const FILL = (place: string) =>
  `cd ${place}; head -c 3M /dev/zero > big; for i in 1 2 3 4 5 6 7 8 9; do true > $i; done; ls | wc -l; rm *; head -c 1M /dev/zero > again && sync && echo fits; rm again`;

test('disk and inodes: in the root, a folder of the host and a volume', () => {
  const folder = join(WORK, 'shared');
  mkdirSync(folder);
  writeFileSync(join(folder, 'before'), 'x'.repeat(5000));
  const mounts = { '/folder': folder, '/volume': new Volume() };
  return within({ mounts, limits: { disk: '2M', inodes: 8 } }, async (system) => {
    for (const place of ['/root', '/folder', '/volume']) {
      const { stdout, stderr } = await system.exec(FILL(place));
      expect(stderr).toContain('head: write error: No space left on device');
      expect(stdout).toMatch(/^[5-9]\nfits\n$/);
      const { stdout: left } = await system.exec(`stat -f -c '%a %S %d' ${place}`);
      const [available = 0, size = 0, files = 0] = left.split(' ').map(Number);
      expect(available * size).toBeLessThanOrEqual(2.01 * 2 ** 20);
      expect(files).toBeLessThanOrEqual(9);
    }
    // A file without a name takes room as long as somebody holds it; holes count.
    const { stdout } = await system.exec(
      'cd /folder; exec 3>a; head -c 1500K /dev/zero >&3; sync; rm a; head -c 1500K /dev/zero > b; echo $?; exec 3>&-; rm b; truncate -s 1G c; echo $?',
    );
    expect(stdout).toBe('1\n1\n');
    const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3 * 2 ** 20);
  });
});

test.each<[Record<string, unknown>, string]>([
  [
    { cpu: 1 },
    'limits.cpu: there is none; there are instructions, time, output, tasks, disk, inodes',
  ],
  [{ time: 0 }, 'limits.time: 0 is no whole number of 1 or more'],
  [{ tasks: 3 }, 'limits.tasks: 3 is no whole number of 20 or more'],
  [{ instructions: 1.5 }, 'limits.instructions: 1.5 is no whole number of 1 or more'],
  [{ disk: 'much' }, "limits.disk: 'much' is no size; write for example 256M or 1G"],
])('%j is refused', async (limits, message) => {
  await expect(boot({ limits: limits as Limits })).rejects.toThrow(message);
});
