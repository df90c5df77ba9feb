/** `hartix/test` as a test file uses it. */
import { describe } from 'vitest';
import { expect, test } from '../../src/testing/index.ts';

test.os('runs with a machine', async (os) => {
  const result = await os.exec('sort', { input: 'b\na\n' });
  expect(result).toSucceed();
  expect(result).toHaveStdout('a\nb\n');
  await os.fs.writeFile('/root/mine', 'x');
});

test.os('has one of its own, with the same seed', async (os) => {
  expect(await os.fs.exists('/root/mine')).toBe(false);
  expect(os.seed).toBe(Number(process.env['HARTIX_SEED'] ?? 1));
});

describe('with options', () => {
  const prepared = test.os.with({
    seed: 7,
    setup: (os) => os.fs.writeFile('/etc/prepared', 'yes'),
  });

  prepared('each machine is set up', async (os) => {
    expect(await os.exec('cat /etc/prepared')).toHaveStdout('yes');
    expect(os.seed).toBe(7);
  });

  test.os.with({ clock: 'real' })('the host has its own time', (os) => {
    expect(os.seed).toBeUndefined();
  });

  test.os.skip('is not run', () => {
    throw new Error('it was');
  });
});
