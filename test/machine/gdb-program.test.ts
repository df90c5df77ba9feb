/** boot({ gdb }): a debugger on a program of Hartix's kernel, whose traps are served between its steps. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BootOptions, boot } from '../../src/index.ts';
import { encodePacket, PacketReader } from '../../src/machine/debug/packet.ts';
import { hasGdb, INTERRUPT_SOON, runGdb } from '../support/gdb/gdb-multiarch.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const SOURCE = new URL('gdb-program.c', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'hartix-gdb-program-'));
const STATIC = 'static';
const PIE = 'pie';

beforeAll(() => {
  const zig = join(ROOT, 'node_modules/.bin/zig');
  const flags = ['cc', '-target', 'riscv64-linux-musl', '-g', '-O1', '-fno-omit-frame-pointer'];
  for (const [name, kind] of [
    [STATIC, ['-static']],
    [PIE, ['-static', '-fPIE', '-pie']],
  ] as const) {
    execFileSync(zig, [...flags, ...kind, '-o', join(folder, name), SOURCE], { stdio: 'pipe' });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Session {
  readonly text: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
}

/** Run the program under what `debug` does with the port. */
async function session<T>(
  name: string,
  args: readonly string[],
  debug: (port: number) => Promise<T>,
  options: BootOptions = {},
): Promise<Omit<Session, 'text'> & { result: T }> {
  const os = await boot({ mounts: { '/host': `${folder}:ro` }, gdb: 0, ...options });
  try {
    const program = os.spawn(`/host/${name}`, args);
    const chunks: string[] = [];
    program.stdout.on('data', (bytes: Uint8Array) => chunks.push(new TextDecoder().decode(bytes)));
    const result = await debug(os.gdbPort ?? 0);
    return { result, ...(await program.exit), stdout: chunks.join('') };
  } finally {
    await os.close();
  }
}

async function gdb(
  name: string,
  args: readonly string[],
  commands: readonly string[],
  options: BootOptions = {},
): Promise<Session> {
  const debug = (port: number) => runGdb(join(folder, name), port, commands);
  const { result: text, ...rest } = await session(name, args, debug, options);
  return { text, ...rest };
}

const SPEAKS = 'total 90 child 3 count 100\n';

describe.skipIf(!hasGdb())('gdb on a program', () => {
  it('finds it at its first instruction; breakpoints, frames, steps, watchpoints, its exit', async () => {
    const { text, exitCode, stdout } = await gdb(
      STATIC,
      [],
      [
        'break leaf if value == 12',
        'continue',
        'backtrace',
        'info registers priv',
        'stepi',
        'delete',
        'finish',
        'watch ratio',
        'continue',
        'set var total = 5',
        'continue',
      ],
    );
    expect(text).toMatch(/^0x[0-9a-f]+ in _start \(\)/m);
    expect(text).toMatch(/Breakpoint 1, leaf \(value=12\)/);
    expect(text).toMatch(/#0 +leaf \(value=12\)[\s\S]*#1 .* middle \([\s\S]*#2 .* main \(argc=1/);
    expect(text).toMatch(/priv +0x0\s+prv:0 \[User/);
    expect(text).toContain('Value returned is $1 = 24');
    expect(text).toMatch(/Hardware watchpoint 2: ratio\n\nOld value = 0\nNew value = 22\.5/);
    expect(text).toContain('exited with code 07');
    expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: SPEAKS.replace('90', '5') });
  });

  it('steps over a system call and a page fault as over any instruction', async () => {
    const { text, exitCode } = await gdb(
      STATIC,
      [],
      [
        'break *exact_getpid',
        'continue',
        'stepi',
        'stepi',
        'printf "after the call: %d, %d\\n", $pc - (long)&exact_getpid, $a0',
        'break *exact_store',
        'continue',
        'stepi',
        'printf "after the store: %d, %d\\n", $pc - (long)&exact_store, page[4096] == (char)$a0',
        'stepi',
        'printf "in main: %d\\n", $pc > (long)&main',
        'continue',
      ],
    );
    // li is a c.li only below 32: four bytes, as ecall.
    expect(text).toMatch(/after the call: 8, [1-9]\d*\n/);
    expect(text).toContain('after the store: 4, 1\n');
    expect(text).toContain('in main: 1\n');
    expect(exitCode).toBe(7);
  });

  it('is told where a program lies that can lie anywhere, and of the signal that ends it', async () => {
    const { text, signal } = await gdb(
      PIE,
      ['fault'],
      ['break middle', 'continue', 'delete', 'continue', 'backtrace', 'continue'],
    );
    expect(text).toMatch(/Breakpoint 1, middle \(value=0\)/);
    expect(text).toMatch(/received signal SIGSEGV[\s\S]*#0 .* main \(argc=2/);
    expect(text).toContain('Program terminated with signal SIGSEGV');
    expect(signal).toBe('SIGSEGV');
  });

  it('shows harts as threads, and interrupts a program that spins', async () => {
    const { text, exitCode } = await gdb(
      STATIC,
      ['spin'],
      [
        'break worker',
        'continue',
        'info threads',
        'delete',
        ...INTERRUPT_SOON,
        'continue',
        'set var done = 1',
        'continue',
      ],
      { harts: 2 },
    );
    expect(text).toMatch(/hit Breakpoint 1, worker \(/);
    expect(text).toMatch(/Thread 1 \(hart 0 U-mode.*\n.*Thread 2 \(hart 1 U-mode/);
    expect(text).toMatch(/\* .*\(hart \d U-mode pc \w+ instret \d+ \d+ \(static\)\) +worker/);
    expect(text).toMatch(/received signal SIGINT[\s\S]*\b(leaf|main) \(/);
    expect(exitCode).toBe(7);
  });
});

/** What the stub says to a client that is none of gdb: packets in turn, then the connection is cut. */
function packets(requests: readonly string[]): (port: number) => Promise<string[]> {
  return (port) =>
    new Promise((resolve, reject) => {
      const answers: string[] = [];
      const socket = connect(port, '127.0.0.1');
      const reader = new PacketReader();
      const next = () => {
        const request = requests[answers.length];
        if (request === undefined) socket.destroy();
        else socket.write(encodePacket(request));
      };
      socket.on('connect', next);
      socket.on('error', reject);
      socket.on('data', (bytes: Uint8Array) => {
        for (const event of reader.feed(bytes)) {
          if (event.kind !== 'packet') continue;
          answers.push(event.payload);
          next();
        }
      });
      socket.on('close', () => resolve(answers));
    });
}

/** gdb's `monitor`. */
function command(line: string): string {
  return `qRcmd,${Buffer.from(line).toString('hex')}`;
}

describe('the stub of a program', () => {
  it('lets the program go when its client goes, and refuses what the program may not do', async () => {
    const text = `M${(0x1000000).toString(16)},4:00000000`;
    const { result, exitCode, stdout } = await session(
      STATIC,
      [],
      packets(['?', 'qAttached', 'm0,4', text, command('reset'), command('processes')]),
    );
    expect(result.slice(0, 4)).toEqual(['T05thread:1;core:0;', '1', 'E0e', 'E0e']);
    const said = result.slice(4).map((answer) => Buffer.from(answer, 'hex').toString());
    expect(said[0]).toContain('not of a machine with');
    expect(said[1]).toMatch(/^ {2}1 init\n {2}2 kswapd0\n\* \d+ static\n$/);
    expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: SPEAKS });
  });

  it('stands still for no signal once its client has gone', async () => {
    const { signal } = await session(STATIC, ['fault'], packets(['?']));
    expect(signal).toBe('SIGSEGV');
  });

  it('ends the program, and only that, when its client says kill', async () => {
    const os = await boot({ gdb: 0 });
    try {
      const program = os.spawn('sleep', ['1000']);
      expect(await packets(['?', 'vKill;1'])(os.gdbPort ?? 0)).toEqual([
        'T05thread:1;core:0;',
        'OK',
      ]);
      expect((await program.exit).signal).toBe('SIGKILL');
      expect((await os.exec('echo alive')).stdout).toBe('alive\n');
    } finally {
      await os.close();
    }
  });

  it('refuses a port that is none', async () => {
    await expect(boot({ gdb: 70_000 })).rejects.toThrow(/gdb: 70000 is no port/);
  });
});
