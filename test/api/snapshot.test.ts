/** Snapshots and twins through the API: what runs goes on, with its streams, and nothing is shared but what should be. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Volume } from 'memfs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type HookedCall, OptionError, type Program, type System } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hartix-snapshot-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function only(system: System): Program {
  const [program] = system.programs.values();
  if (!program) throw new Error('no program runs');
  return program;
}

async function using<T>(
  starting: Promise<System>,
  use: (system: System) => Promise<T>,
): Promise<T> {
  const system = await starting;
  try {
    return await use(system);
  } finally {
    await system.close();
  }
}

it('of a console shows what was on it last, and its own clock', async () => {
  const first = await boot({ console: true, memory: '64M', cache: false });
  const saved = await using(Promise.resolve(first), async (system) => {
    let text = '';
    await new Promise<void>((resolve) => {
      system.onConsole((bytes) => {
        text += Buffer.from(bytes).toString();
        if (text.includes('# ')) resolve();
      });
    });
    return { text, bytes: await system.snapshot() };
  });
  await using(boot({ snapshot: saved.bytes, cache: false }), async (system) => {
    let text = '';
    await new Promise<void>((resolve) => {
      system.onConsole((bytes) => {
        text += Buffer.from(bytes).toString();
        if (text.includes('again 42')) resolve();
      });
      system.writeConsole('echo again $((6*7))\r');
    });
    expect(text.startsWith(saved.text)).toBe(true);
  });
});

describe('a snapshot', () => {
  let system: System;
  let bytes: Uint8Array;
  const volume = Volume.fromJSON({ '/note': 'from outside\n' });

  beforeAll(async () => {
    system = await boot({
      mounts: { '/v': volume },
      memory: '64M',
      cache: false,
      env: { MINE: 'yes' },
    });
    await system.exec('echo kept > /tmp/file; exec 9< /v/note; sleep 1000 &');
    const shell = system.spawn('sh', { tty: true });
    // What waits says so itself: between two commands of the line, ^C would find nobody in the foreground.
    shell.write(
      'x=remembered; stty -echo; exec 8< /v/note; cat <&8; (echo ready; exec cat > /dev/null)\n',
    );
    await shell.waitFor(/from outside\r\nready\r\n/);
    bytes = await system.snapshot();
  });

  afterAll(() => system.close());

  it('goes on where it was, with its terminal', async () => {
    const start = boot({ snapshot: bytes, mounts: { '/v': volume }, cache: false });
    await using(start, async (restored) => {
      const shell = only(restored);
      expect(await shell.pid).toBe([...restored.programs.keys()][0]);
      shell.write('\x03');
      await shell.waitFor(/# /);
      shell.write('echo "$x $MINE"\n');
      await shell.waitFor(/remembered yes/);
      const { stdout } = await restored.exec('cat /tmp/file /v/note; pgrep sleep | wc -l');
      expect(stdout).toBe('kept\nfrom outside\n1\n');
      expect((await restored.exec('grep MemTotal /proc/meminfo')).stdout).toBe(
        (await system.exec('grep MemTotal /proc/meminfo')).stdout,
      );
      shell.write('exit 3\n');
      expect(await shell.exit).toEqual({ exitCode: 3, signal: null });
    });
  });

  it('knows the time', async () => {
    await using(boot({ snapshot: bytes, cache: false }), async (restored) => {
      const seconds = Number((await restored.exec('date +%s')).stdout);
      expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(100);
    });
  });

  it('has files of the host only where they are named again', async () => {
    await using(boot({ snapshot: bytes, cache: false }), async (restored) => {
      const { stderr, exitCode } = await restored.exec('cat /v/note');
      expect(stderr).toMatch(/I\/O error/);
      expect(exitCode).toBe(1);
    });
    const elsewhere = boot({ snapshot: bytes, mounts: { '/other': volume } });
    await expect(elsewhere).rejects.toThrow("the snapshot has no mount on '/other'; it has /v");
  });

  it('lets go the calls that a hook holds', async () => {
    const held = Promise.withResolvers<void>();
    const verdict = Promise.withResolvers<undefined>();
    const openat = ({ path }: HookedCall): Promise<undefined> | undefined => {
      if (path !== '/etc/hostname') return undefined;
      held.resolve();
      return verdict.promise;
    };
    await using(boot({ memory: '64M', cache: false }), async (hooked) => {
      const script = 'read name < /etc/hostname; echo "got $name"; cat /etc/hostname; exit 4';
      const program = hooked.spawn('sh', ['-c', script], { hooks: { openat } });
      await held.promise;
      const snapshot = await hooked.snapshot();
      await using(boot({ snapshot, cache: false }), async (restored) => {
        const other = only(restored);
        await other.waitFor(/got hartix\nhartix/);
        expect((await other.exit).exitCode).toBe(4);
      });
      verdict.resolve(undefined);
      expect((await program.exit).exitCode).toBe(4);
    });
  });

  it('is a file, too', async () => {
    const path = join(folder, 'system');
    expect(await system.snapshot(path)).toBe(statSync(path).size);
    await using(boot({ snapshot: path, cache: false }), async (restored) => {
      expect((await restored.exec('cat /tmp/file')).stdout).toBe('kept\n');
    });
    await expect(system.snapshot(join(folder, 'no/such'))).rejects.toThrow(OptionError);
    await expect(boot({ snapshot: join(folder, 'none') })).rejects.toThrow(/hartix snapshot/);
    writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    await expect(boot({ snapshot: path })).rejects.toThrow(/it is cut off/);
    writeFileSync(path, 'something else');
    await expect(boot({ snapshot: path })).rejects.toThrow(/no snapshot/);
  });
});

describe('a twin', () => {
  it('goes its own way', async () => {
    await using(boot({ memory: '64M', cache: false }), async (system) => {
      const program = system.spawn('sh', ['-c', 'read line; echo "got $line"; exit 4']);
      await program.pid;
      await system.fs.writeFile('/tmp/a', 'one');
      await using(system.fork(), async (twin) => {
        await twin.fs.writeFile('/tmp/a', 'two');
        expect(await system.fs.readFile('/tmp/a', 'utf8')).toBe('one');
        const other = only(twin);
        expect(await other.pid).toBe(await program.pid);
        other.write('twin\n');
        await other.waitFor(/got twin/);
        expect((await other.exit).exitCode).toBe(4);
        await using(twin.fork(), async (third) => {
          expect(await third.fs.readFile('/tmp/a', 'utf8')).toBe('two');
          expect(third.programs.size).toBe(0);
        });
      });
      program.write('self\n');
      await program.waitFor(/got self/);
    });
  });

  it('has the commands of the host, and other randomness', async () => {
    const commands = {
      hello: ({ stdout }: { stdout: NodeJS.WritableStream }) => {
        stdout.write('from the host\n');
        return 0;
      },
    };
    await using(boot({ memory: '64M', cache: false, commands }), async (system) => {
      const random = 'od -An -N8 -tx1 /dev/urandom';
      await using(system.fork(), async (twin) => {
        expect((await twin.exec('hello')).stdout).toBe('from the host\n');
        expect((await twin.exec(random)).stdout).not.toBe((await system.exec(random)).stdout);
      });
    });
  });

  it('may begin in a thread that was ready for another machine', async () => {
    const small = boot({ memory: '32M', cache: false });
    const bytes = await using(small, (system) => system.snapshot());
    await using(boot({ memory: '64M', cache: false }), async (system) => {
      // The threads that wait from here on have made a machine like this one.
      await using(system.fork(), () => Promise.resolve());
      const memory = async (other: System) => {
        const { stdout } = await other.exec('grep MemTotal /proc/meminfo; cat /tmp/mark');
        return stdout;
      };
      await system.exec('echo marked > /tmp/mark');
      await using(system.fork(), async (twin) => {
        const processes = twin.events('process')[Symbol.asyncIterator]();
        expect(await memory(twin)).toMatch(/MemTotal: +(5|6)\d{4} kB\nmarked\n/);
        expect((await processes.next()).value).toMatchObject({ action: 'fork' });
        await processes.return?.();
      });
      await using(boot({ snapshot: bytes, cache: false }), async (restored) => {
        expect(await memory(restored)).toMatch(/MemTotal: +(2|3)\d{4} kB\n$/);
      });
    });
  });

  it('has the devices that were put in', async () => {
    const path = join(folder, 'plugged.img');
    writeFileSync(path, 'as it was'.padEnd(65536, '.'));
    await using(boot({ memory: '32M', cache: false }), async (system) => {
      const names = async (other: System) => (await other.devices.list()).map(({ name }) => name);
      const start = async (other: System) => (await other.exec('head -c 9 /dev/vdb')).stdout;
      await system.devices.add({ rng: true, name: 'dice' });
      await system.devices.add({ disk: `${path}:cow`, name: 'stick' });
      await system.devices.remove('rng0');
      await system.exec('printf "the twins" > /dev/vdb; sync');
      await using(system.fork(), async (twin) => {
        expect(await names(twin)).toEqual(await names(system));
        expect(await start(twin)).toBe('the twins');
        await twin.exec('printf "alone" > /dev/vdb; sync');
        await twin.devices.remove('dice');
        await using(twin.fork(), async (third) => {
          expect(await start(third)).toBe('alonewins');
          expect(await names(third)).toEqual(['disk0', 'console0', 'stick']);
        });
      });
      expect(await start(system)).toBe('the twins');
      await expect(system.snapshot()).rejects.toThrow("'stick' was added while the machine ran");
      await system.devices.remove('stick');
      const snapshot = await system.snapshot();
      await using(boot({ snapshot, cache: false }), async (restored) => {
        expect(await names(restored)).toEqual(['disk0', 'console0', 'dice']);
      });
      await system.devices.add({ disk: path, name: 'own' });
      await expect(system.fork()).rejects.toThrow(`add it with ':cow'`);
    });
  });

  it('is refused where a disk would have two writers', async () => {
    const path = join(folder, 'disk');
    writeFileSync(path, new Uint8Array(65536));
    await using(boot({ memory: '64M', disks: [path] }), async (system) => {
      await expect(system.fork()).rejects.toThrow(`boot with '${path}:cow'`);
    });
    await using(boot({ memory: '64M', disks: [`${path}:cow`] }), async (system) => {
      await system.exec('echo written > /dev/vdb; sync');
      await using(system.fork(), async (twin) => {
        expect((await twin.exec('head -c 7 /dev/vdb')).stdout).toBe('written');
      });
    });
  });
});
