/** Commands of the host: what a shell of the guest sees of them is what it sees of any program. */
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  boot,
  type HostCall,
  type HostCommand,
  OptionError,
  type System,
} from '../../src/index.ts';

let system: System;
const aborted: string[] = [];

async function text(call: HostCall): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of call.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}

beforeAll(async () => {
  system = await boot({
    commands: {
      upper: async (call) => void call.stdout.write((await text(call)).toUpperCase()),
      tell: ({ argv, env, cwd, uid, stdout }) => {
        stdout.write(`${JSON.stringify([argv, env['X'], cwd, uid])}\n`);
        return 7;
      },
      fail: () => Promise.reject(new Error('on purpose')),
      flood: async ({ stdout, signal }) => {
        for (let i = 0; !signal.aborted; i++) {
          if (!stdout.write(`${i}\n`)) await setImmediate();
        }
        aborted.push('flood');
        return 0;
      },
      wait: ({ signal, stdout }) =>
        new Promise((resolve) => {
          stdout.write('ready\n');
          signal.addEventListener('abort', () => {
            aborted.push('wait');
            resolve(0);
          });
        }),
      worded: (() => 'done') as unknown as HostCommand,
      big: ({ stdout }) => void stdout.write('x'.repeat(3_000_000)),
    },
  });
});

afterAll(() => system.close());

describe('a command of the host', () => {
  test('has streams, arguments, environment, directory and a status', async () => {
    const script = `cd /tmp; export X='a b'; tell 1 '' "c d"; echo $?; echo hello | upper | rev; which tell`;
    const { stdout } = await system.exec(script);
    expect(stdout).toBe('[["tell","1","","c d"],"a b","/tmp",0]\n7\nOLLEH\n/usr/local/bin/tell\n');
    expect((await system.exec('tell', { user: 'user' })).stdout).toMatch(/,1000\]\n$/);
  });

  test('returns a status or nothing', async () => {
    const { exitCode, stderr } = await system.exec('worded');
    expect(exitCode).toBe(1);
    expect(stderr).toBe('worded: the command returned done; return an exit status, or nothing\n');
  });

  test('fails with a line on standard error', async () => {
    expect(await system.exec('fail; echo $?')).toMatchObject({
      stdout: '1\n',
      stderr: 'fail: on purpose\n',
    });
  });

  test('moves much data both ways', async () => {
    expect((await system.exec('big | wc -c')).stdout.trim()).toBe('3000000');
    const input = 'ab'.repeat(700_000);
    expect((await system.exec('upper | cksum', { input })).stdout).toBe(
      (await system.exec('cksum', { input: input.toUpperCase() })).stdout,
    );
  });

  test('ends as a program does: by SIGPIPE, by a signal, by the shell', async () => {
    expect((await system.exec('flood | head -n 2')).stdout).toBe('0\n1\n');
    const program = system.spawn('sh', [
      '-c',
      'env wait & p=$!; read -r _; kill $p; wait $p; echo $?',
    ]);
    await program.waitFor(/ready/);
    program.write('go\n');
    await program.waitFor(/143/);
    await expect.poll(() => aborted.toSorted(), { timeout: 30_000 }).toEqual(['flood', 'wait']);
  });

  test('can be added, replaced and taken away', async () => {
    await system.addCommand('tell', ({ stdout }) => void stdout.write('another\n'));
    expect((await system.exec('tell')).stdout).toBe('another\n');
    expect(await system.removeCommand('tell')).toBe(true);
    expect((await system.exec('tell')).exitCode).toBe(127);
    await expect(system.addCommand('../x', () => 0)).rejects.toThrow(OptionError);
  });

  test('is known by the name of its file', async () => {
    const script = `cp /usr/local/bin/fail /tmp/nobody; /tmp/nobody; echo $?`;
    expect(await system.exec(script)).toMatchObject({
      stdout: '127\n',
      stderr: 'nobody: the host offers no such command\n',
    });
  });
});

describe('across a snapshot', () => {
  /** The output of the program that was saved, and of one that is started then. */
  async function goOn(snapshot: Uint8Array, commands: Record<string, HostCommand>) {
    const restored = await boot({ snapshot, commands });
    try {
      const [program] = restored.programs.values();
      if (!program) throw new Error('no program runs');
      const lines = [program.stdout, program.stderr].map(async (stream) => {
        let all = '';
        for await (const chunk of stream) all += String(chunk);
        return all;
      });
      const before = await Promise.all(lines);
      const { stdout, stderr } = await restored.exec('greet new; echo $?');
      return { before, now: [stdout, stderr] };
    } finally {
      await restored.close();
    }
  }

  test('a call under way ends with 126, and later ones find the commands that are offered then', async () => {
    const greet: HostCommand = ({ argv, stdout }) => void stdout.write(`hello ${argv[1]}\n`);
    const held: { end?: () => void } = {};
    const holds = new Promise<void>((resolve) => {
      held.end = resolve;
    });
    const first = await boot({
      memory: '64M',
      commands: {
        greet,
        hold: async ({ stdout }) => {
          stdout.write('held\n');
          await holds;
          return 4;
        },
      },
    });
    try {
      const script = 'hold; echo $?; greet old; echo $?';
      const program = first.spawn('sh', ['-c', script], { stdin: 'ignore' });
      await program.waitFor(/held/);
      const snapshot = await first.snapshot();
      const hungUp = 'host-command: the host has ended the command\n';
      expect(await goOn(snapshot, { greet })).toEqual({
        before: ['126\nhello old\n0\n', hungUp],
        now: ['hello new\n0\n', ''],
      });
      const missing = 'greet: the host offers no such command\n';
      expect(await goOn(snapshot, {})).toEqual({
        before: ['126\n127\n', hungUp + missing],
        now: ['127\n', missing],
      });
      held.end?.();
      await program.waitFor(/4\nhello old\n0/);
    } finally {
      await first.close();
    }
  });
});
