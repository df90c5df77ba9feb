/** A script that boots, works and closes must end by itself: no worker, timer or handle holds it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

test('boots and closes leave nothing behind: no memory, no handle', () => {
  const bench = resolve(import.meta.dirname, '../bench/boots.ts');
  const options = ['--expose-gc', '--import', 'tsx', bench, '20'];
  const { stdout, status } = spawnSync(process.execPath, options, {
    encoding: 'utf8',
    timeout: 110_000,
  });
  expect(status).toBe(0);
  // One machine that stays is 64 MiB. By hand 1,000 boots: at most 1.05 times what 200 had.
  expect(Number(/^ratio (.*)$/m.exec(stdout)?.[1])).toBeLessThan(1.15);
  expect(stdout).toMatch(/^handles: none$/m);
});

test('a program exits when it has closed the machine and its twins, for which spare threads wait', () => {
  const library = resolve(import.meta.dirname, '../../dist/index.js');
  const script = `
    import { boot } from ${JSON.stringify(library)};
    const os = await boot();
    const { stdout } = await os.exec('echo $((6*7))');
    process.stdout.write(stdout);
    await os.snapshot();
    const twins = [await os.fork(), await os.fork(), await os.fork()];
    for (const twin of twins) process.stdout.write((await twin.exec('echo twin')).stdout);
    for (const machine of [os, ...twins]) await machine.close();
    const left = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap');
    process.stdout.write(left.join());`;
  const folder = mkdtempSync(join(tmpdir(), 'hartix-leak-'));
  const file = join(folder, 'script.mjs');
  writeFileSync(file, script);
  const result = spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  rmSync(folder, { recursive: true });
  expect(result).toMatchObject({ status: 0, stdout: '42\ntwin\ntwin\ntwin\n', stderr: '' });
});
