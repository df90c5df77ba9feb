/** `hartix/test` as a test file uses it. */
import { afterAll, describe } from 'vitest';
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

describe('tests of a suite', () => {
  let setups = 0;
  const seen: string[] = [];
  const counted = test.os.with({
    setup: async (os) => {
      setups++;
      await os.exec('sleep 5; echo prepared >/root/prepared');
    },
  });
  const state =
    'cat /root/prepared /proc/sys/kernel/random/uuid; date +%s%N; echo more >>/root/prepared';

  for (const name of ['first', 'second']) {
    counted(name, async (os) => {
      const { stdout } = await os.exec(state);
      expect(stdout).toMatch(/^prepared\n[0-9a-f-]{36}\n\d+\n$/);
      seen.push(stdout);
    });
  }

  describe('and of one within', () => {
    counted('have another machine, which is the same', async (os) => {
      seen.push((await os.exec(state)).stdout);
    });
  });

  afterAll(() => {
    expect(setups).toBe(2);
    expect(new Set(seen).size).toBe(1);
  });
});
