/** System.fs in the hands of code that was written for node:fs/promises: the same calls, the same answers. */
import * as nodeFiles from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';

let os: System;

beforeAll(async () => {
  os = await boot({ memory: '64M' });
});

afterAll(() => os.close());

/** What this test calls of node:fs/promises. */
type Files = Pick<
  System['fs'],
  'access' | 'appendFile' | 'copyFile' | 'lstat' | 'mkdir' | 'mkdtemp'
> &
  Pick<System['fs'], 'readFile' | 'readdir' | 'readlink' | 'rename' | 'rm' | 'stat' | 'symlink'> &
  Pick<System['fs'], 'truncate' | 'utimes' | 'writeFile'>;

function codeOf(error: unknown): unknown {
  return (error as { code?: string }).code;
}

/** All that it sees, without what must differ: the folder's name. */
async function story(files: Files, prefix: string): Promise<unknown[]> {
  const folder = await files.mkdtemp(prefix);
  const at = (name: string): string => join(folder, name);
  const seen: unknown[] = [folder.startsWith(prefix), folder.length - prefix.length];
  await files.mkdir(at('a/b'), { recursive: true });
  await files.writeFile(at('a/f'), 'caf\u00e9', 'latin1');
  await files.appendFile(at('a/f'), '!');
  await files.writeFile(at('a/b/hex'), '00ff10', { encoding: 'hex', mode: 0o600 });
  await files.symlink('f', at('a/link'));
  seen.push([...(await files.readFile(at('a/f')))], await files.readFile(at('a/f'), 'latin1'));
  seen.push(await files.readFile(at('a/b/hex'), { encoding: 'base64' }));
  seen.push((await files.readdir(at('a'))).sort());
  seen.push((await files.readdir(folder, { recursive: true })).sort());
  const entries = await files.readdir(at('a'), { withFileTypes: true });
  for (const entry of entries.sort((x, y) => (x.name < y.name ? -1 : 1)))
    seen.push([
      entry.name,
      entry.isFile(),
      entry.isDirectory(),
      entry.isSymbolicLink(),
      join(entry.parentPath) === at('a'),
    ]);
  await files.utimes(at('a/f'), 1000, new Date(2_000_000));
  const stats = await files.stat(at('a/link'));
  seen.push(stats.size, stats.isFile(), stats.atime.getTime(), stats.mtimeMs);
  seen.push((await files.lstat(at('a/link'))).isSymbolicLink(), await files.readlink(at('a/link')));
  await files.copyFile(at('a/b/hex'), at('copy'));
  seen.push((await files.stat(at('copy'))).mode & 0o777);
  seen.push(await files.copyFile(at('a/f'), at('copy'), 1).catch(codeOf));
  seen.push(await files.access(at('copy')), await files.access(at('copy'), 1).catch(codeOf));
  seen.push(await files.access(at('none')).catch(codeOf), await files.mkdir(at('a')).catch(codeOf));
  await files.truncate(at('copy'), 1);
  await files.rename(at('copy'), at('moved'));
  seen.push((await files.readFile(at('moved'))).length, (await files.readdir(folder)).sort());
  await files.rm(folder, { recursive: true });
  seen.push(await files.stat(folder).catch(codeOf));
  return seen;
}

test('node:fs/promises and System.fs tell the same story', async () => {
  const there = await story(nodeFiles as unknown as Files, join(tmpdir(), 'hartix-files-'));
  expect(await story(os.fs, '/tmp/hartix-files-')).toEqual(there);
});

test('names of /proc are its own', async () => {
  const names = await os.fs.readdir('/proc');
  expect(names).toContain('1');
  const [entry] = (await os.fs.readdir('/dev', { withFileTypes: true })).filter(
    ({ name }) => name === 'null',
  );
  expect(entry?.isCharacterDevice()).toBe(true);
});

const READABLE = `
for f in /proc/* /proc/self/* /sys/kernel/mm/*/* /etc/*; do
  case $f in *kmsg | *page*) continue;; esac
  [ -f "$f" ] && cat "$f" >/dev/null 2>&1 && echo "$f"
done`;

test('what a root shell can read can be read, whoever ran last', async () => {
  const { stdout } = await os.exec(READABLE);
  const paths = stdout.trim().split('\n');
  expect(paths).toEqual(expect.arrayContaining(['/proc/mounts', '/proc/self/stat', '/etc/passwd']));
  const failures: unknown[] = [];
  for (const path of paths)
    await os.fs.readFile(path).catch((error: unknown) => failures.push(error));
  expect(failures).toEqual([]);
  expect(await os.fs.readFile('/proc/mounts', 'utf8')).toBe(
    (await os.exec('cat /proc/1/mounts')).stdout,
  );
  expect(await os.fs.readlink('/proc/self')).toBe('1');
});
