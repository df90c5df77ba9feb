/** Same image, seed and inputs: same output, instruction count and trace hash, whatever executes the instructions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BootOptions, boot, type ExecOptions } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

const CACHE = mkdtempSync(join(tmpdir(), 'hartix-determinism-'));
let program = '';

beforeAll(async () => {
  const file = join(import.meta.dirname, 'determinism.c');
  [program = ''] = await buildPrograms(
    [{ file, flags: ['-O1'] }],
    resolve(import.meta.dirname, '../../build/boot'),
  );
}, 300_000);
afterAll(() => rmSync(CACHE, { recursive: true, force: true }));

async function run(
  command: readonly string[],
  options: BootOptions,
  input?: ExecOptions['input'],
): Promise<object> {
  const system = await boot({
    deterministic: 11,
    memory: '64M',
    mounts: { '/programs': `${dirname(program)}:ro` },
    ...options,
  });
  try {
    const { stdout, stderr, exitCode, signal, trace } = await system.exec(
      command,
      input === undefined ? {} : { input },
    );
    expect(trace).toBeDefined();
    return { stdout, stderr, exitCode, signal, trace };
  } finally {
    await system.close();
  }
}

const SHELL = `
for i in 1 2 3 4 5; do (sleep 0.0$i; echo $i; kill -USR1 $$) & done
trap "echo usr1" USR1; wait; seq 3000 | sort -r | md5sum; ls -lR /etc | wc; date +%N; ps`;

describe.each([['threads that race'], ['pipes'], ['timers'], ['sleeps'], ['numbers'], ['a shell']])(
  '%s',
  (name) => {
    const command = () =>
      name === 'a shell'
        ? ['sh', '-c', SHELL]
        : [`/programs/${basename(program)}`, name.split(' ')[0] ?? ''];

    test('the same with translations of before, fresh ones, and none', async () => {
      const first = await run(command(), { cache: CACHE });
      expect(await run(command(), { cache: CACHE })).toEqual(first);
      expect(await run(command(), { cache: false })).toEqual(first);
      expect(await run(command(), { translate: false })).toEqual(first);
    });

    test('another seed is another run', async () => {
      const [one, other] = [await run(command(), {}), await run(command(), { deterministic: 12 })];
      expect(other).not.toEqual(one);
    });
  },
);

test('input comes when the program has nothing else to do, however late it is sent', async () => {
  const lines = ['a\n', 'b\n', 'c\n'];
  const script = 'while read line; do echo "$line"; date +%N; sleep 0.1; done';
  async function* slowly() {
    for (const line of lines) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      yield line;
    }
  }
  const first = await run(['sh', '-c', script], {}, lines);
  expect(await run(['sh', '-c', script], {}, lines)).toEqual(first);
  expect(first).toMatchObject({ stdout: expect.stringMatching(/^a\n\d+\nb\n\d+\nc\n\d+\n$/) });
  const late = (await run(
    ['sh', '-c', 'while read line; do echo "$line"; done'],
    {},
    slowly(),
  )) as {
    trace: unknown;
  };
  const early = await run(['sh', '-c', 'while read line; do echo "$line"; done'], {}, lines);
  expect(late).toEqual(early);
});

test('a reader of the output that is slow does not change the run', async () => {
  const run = async (pauseMs: number) => {
    const system = await boot({ deterministic: 3, memory: '64M' });
    try {
      const program = system.spawn('sh', ['-c', 'head -c 3000000 /dev/zero; date +%N >&2']);
      let stderr = '';
      program.stderr.on('data', (chunk) => (stderr += String(chunk)));
      let length = 0;
      for await (const chunk of program.stdout) {
        length += (chunk as Uint8Array).length;
        if (pauseMs > 0 && length > 500_000 && length < 700_000)
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
      return { ...(await program.exit), length, stderr };
    } finally {
      await system.close();
    }
  };
  const slow = await run(30);
  expect(slow.length).toBeGreaterThan(2 ** 21);
  expect(await run(0)).toEqual(slow);
});

test('output that nobody reads any more holds nothing up', async () => {
  const system = await boot({ deterministic: 3, memory: '64M' });
  try {
    for (let i = 0; i < 4; i++) {
      const flood = system.exec('head -c 3000000 /dev/zero', { maxBuffer: 1000 });
      expect(await flood).toMatchObject({ outputExceeded: true });
      // Its end is awaited, its output is left.
      const program = system.spawn('sh', ['-c', 'head -c 500000 /dev/zero >&2']);
      expect(await program.exit).toMatchObject({ exitCode: 0 });
    }
    expect(await system.exec('echo there')).toMatchObject({ stdout: 'there\n' });
  } finally {
    await system.close();
  }
});

test('time stands still between two commands, however long the host takes', async () => {
  const uptimes: string[] = [];
  for (const pauseMs of [0, 300]) {
    const system = await boot({ deterministic: 5, memory: '64M' });
    try {
      let text = '';
      for (let i = 0; i < 3; i++) {
        // A background program sleeps on meanwhile, and the flusher has a date.
        text += (await system.exec('cat /proc/uptime; sleep 1000 & date >> /root/log')).stdout;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
      uptimes.push(text);
    } finally {
      await system.close();
    }
  }
  expect(uptimes[1]).toBe(uptimes[0]);
  // And passes within one: sleep(1) is not for nothing.
  const system = await boot({ deterministic: 5, memory: '64M' });
  try {
    const { stdout } = await system.exec('cat /proc/uptime; sleep 60; cat /proc/uptime');
    const [before = 0, after = 0] = stdout.split('\n').map(Number.parseFloat);
    expect(after - before).toBeGreaterThanOrEqual(60);
    expect(after - before).toBeLessThan(61);
  } finally {
    await system.close();
  }
});
