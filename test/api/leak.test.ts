/** A script that boots, works and closes must end by itself: no worker, timer or handle holds it. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

test('a program that uses the library exits when it has closed the machine', () => {
  const library = resolve(import.meta.dirname, '../../dist/index.js');
  const script = `
    import { boot } from ${JSON.stringify(library)};
    const os = await boot();
    const { stdout } = await os.exec('echo $((6*7))');
    process.stdout.write(stdout);
    await os.close();`;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect(result).toMatchObject({ status: 0, stdout: '42\n', stderr: '' });
});
