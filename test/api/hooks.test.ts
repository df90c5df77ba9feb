/** Hooks of system calls: what programs see of a call that was refused, changed or answered. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, type HookedCall, OptionError, type System } from '../../src/index.ts';

let system: System;

beforeAll(async () => {
  system = await boot();
});

afterAll(() => system.close());

describe('a hook', () => {
  test('observes calls of a program and its children, in order', async () => {
    const seen: string[] = [];
    const hooks = {
      openat: ({ path }: HookedCall) => void seen.push(path ?? ''),
      execve: ({ path }: HookedCall) => void seen.push(`exec ${path}`),
    };
    const script = '/bin/cat /etc/hostname > /tmp/a; (/bin/cat /tmp/a)';
    expect((await system.exec(script, { hooks })).stdout).toBe('hartix\n');
    expect(seen.filter((line) => !line.startsWith('/lib') && !line.startsWith('/etc/ld'))).toEqual([
      '/tmp/a',
      'exec /bin/cat',
      '/etc/hostname',
      'exec /bin/cat',
      '/tmp/a',
    ]);
  });

  test('refuses with an error of Linux', async () => {
    const hooks = {
      openat: async ({ path }: HookedCall) =>
        path === '/etc/passwd' ? ({ errno: 'EACCES' } as const) : undefined,
    };
    const result = await system.exec('cat /etc/passwd; wc -l < /etc/hostname', { hooks });
    expect(result).toMatchObject({
      stdout: '1\n',
      stderr: 'cat: /etc/passwd: Permission denied\n',
    });
    expect((await system.exec('head -n 1 /etc/passwd')).stdout).toMatch(/^root:/);
  });

  test('answers in the place of the kernel, also in memory', async () => {
    const hooks = {
      getuid: () => ({ result: 1234 }),
      geteuid: () => ({ result: 1234 }),
      uname: async (call: HookedCall) => {
        // struct utsname: fields of 65 bytes, the second is the node's name.
        await call.write((call.args[0] as number) + 65, new TextEncoder().encode('elsewhere\0'));
        return { result: 0 };
      },
    };
    expect((await system.exec('id -u; uname -n', { hooks })).stdout).toBe('1234\nelsewhere\n');
  });

  test('changes arguments, and reads memory', async () => {
    const texts: string[] = [];
    const hooks = {
      write: async (call: HookedCall) => {
        const [fd = 0, address = 0, length = 0] = call.args;
        if (fd !== 1) return undefined;
        texts.push(new TextDecoder().decode(await call.read(address, length)));
        return { args: [2] };
      },
    };
    const result = await system.exec('cat', { hooks, input: 'hello\n' });
    expect(result).toMatchObject({ stdout: '', stderr: 'hello\n' });
    expect(texts).toEqual(['hello\n']);
  });

  test('may ask the system while the call waits; others go on, and a kill ends it', async () => {
    const hooks = {
      chdir: async ({ pid }: HookedCall) => {
        const { state } = (await system.processes()).find((process) => process.pid === pid) ?? {};
        expect(state).toBe('S');
        await system.exec('echo from-outside > /tmp/flag');
        return undefined;
      },
    };
    const { stdout } = await system.exec('cd /tmp; cat flag', { hooks });
    expect(stdout).toBe('from-outside\n');
    const held = { symlinkat: () => new Promise<undefined>(() => undefined) };
    const status = await system.exec('ln -s a /tmp/link', { hooks: held, timeout: 200 });
    expect(status).toMatchObject({ signal: 'SIGTERM', timedOut: true });
  });

  test('stands for all calls that are not named, and is refused where it cannot be', async () => {
    const counts = new Map<string, number>();
    const hooks = {
      '*': ({ name }: HookedCall) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    };
    expect((await system.exec('true | true; echo $?', { hooks })).stdout).toBe('0\n');
    expect([...counts.keys()]).toEqual(expect.arrayContaining(['pipe2', 'clone', 'wait4']));
    const wrong = system.spawn('true', { hooks: { opnat: () => undefined } });
    await expect(wrong.exit).rejects.toThrow(OptionError);
    await expect(wrong.exit).rejects.toThrow("there is no system call 'opnat'");
    const end = system.spawn('true', { hooks: { exit_group: () => undefined } });
    await expect(end.exit).rejects.toThrow('exit_group cannot be held');
  });
});
