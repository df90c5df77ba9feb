/** `hartix machine --gdb`: the stub's socket, and a real gdb on it. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Machine, openMachine } from '../../src/index.ts';
import { hasGdb, INTERRUPT_SOON, runGdb } from '../support/gdb/gdb-multiarch.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const SOURCE = new URL('gdb.c', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'hartix-gdb-'));
const program = join(folder, 'program.elf');

beforeAll(() => {
  const zig = join(ROOT, 'node_modules/.bin/zig');
  const target = ['-target', 'riscv64-freestanding', '-mcpu=baseline_rv64', '-mabi=lp64d'];
  const code = ['-g', '-O1', '-fno-omit-frame-pointer', '-mcmodel=medany', '-nostdlib', '-static'];
  const place = ['-Wl,--image-base=0x80000000', '-Wl,-z,max-page-size=4096'];
  execFileSync(zig, ['cc', ...target, ...code, ...place, '-o', program, SOURCE], { stdio: 'pipe' });
});
afterAll(() => rmSync(folder, { recursive: true }));

function open(harts: number): Promise<Machine> {
  return openMachine({ kernel: program, firmware: 'none', memory: '16M', harts, gdb: 0 });
}

describe('the stub of a machine', () => {
  it('keeps the machine at power-on for its one client, and lets it go', async () => {
    const machine = await open(1);
    try {
      const socket = connect(machine.gdbPort ?? 0, '127.0.0.1');
      socket.setEncoding('latin1');
      await once(socket, 'connect');
      socket.write('$p0#a0');
      let text = '';
      while (!/#../.test(text)) text += String((await once(socket, 'data'))[0]);
      expect(text).toBe('+$0000000000000000#00');
      const second = connect(machine.gdbPort ?? 0, '127.0.0.1');
      await once(second, 'close');
      socket.write('+$k#6b');
      expect(await machine.halted).toBe(0);
    } finally {
      await machine.close();
    }
  });

  it('refuses a port that is no port, and one that is taken', async () => {
    await expect(openMachine({ kernel: program, gdb: 65536 })).rejects.toThrow(/gdb: 65536/);
    const machine = await open(1);
    try {
      const gdb = machine.gdbPort ?? 0;
      await expect(openMachine({ kernel: program, gdb })).rejects.toThrow(/EADDRINUSE/);
    } finally {
      await machine.close();
    }
  });
});

/** Run a batch of commands on a machine; returns what gdb printed. */
async function gdb(harts: number, commands: readonly string[]): Promise<string> {
  const machine = await open(harts);
  try {
    return await runGdb(program, machine.gdbPort ?? 0, commands);
  } finally {
    await machine.close();
  }
}

describe.skipIf(!hasGdb())('gdb-multiarch', () => {
  it('shows breakpoints, frames, registers, steps and watchpoints of a bare program', async () => {
    const text = await gdb(1, [
      'break leaf if value == 12',
      'continue',
      'backtrace',
      'info registers pc sp priv',
      'print $mstatus & 0x6000',
      'stepi',
      'delete',
      'finish',
      'watch ratio',
      'continue',
      'print ratio',
      'print total',
      'print $ft0.double = 2.5',
      'print $ft0.double * 2',
    ]);
    expect(text).toMatch(/Breakpoint 1, leaf \(value=12\)/);
    expect(text).toMatch(
      /#0 +leaf \(value=12\)[\s\S]*#1 .* middle \(value=10\)[\s\S]*#2 .* main \(/,
    );
    expect(text).toMatch(/priv +0x3\s+prv:3 \[Machine\]/);
    expect(text).toContain('$1 = 24576');
    expect(text).toMatch(/\nmiddle \(value=10\) at .*gdb\.c:19\n/);
    expect(text).toMatch(/Hardware watchpoint 2: ratio\n\nOld value = 0\nNew value = 8\.25/);
    expect(text).toContain('$2 = 8.25\n$3 = 33\n$4 = 2.5\n$5 = 5\n');
  });

  it('shows two harts as threads and interrupts them while they spin', async () => {
    const text = await gdb(2, [
      'break spin',
      'continue',
      'delete',
      ...INTERRUPT_SOON,
      'continue',
      'info threads',
      'thread apply all backtrace',
    ]);
    expect(text).toMatch(/Thread [12] hit Breakpoint 1, spin/);
    expect(text).toMatch(/received signal SIGINT/);
    expect(text).toMatch(/1 +Thread 1 \(hart 0 M-mode[\s\S]*2 +Thread 2 \(hart 1 M-mode/);
    expect(text.match(/#0 .*spin \(\)/g)).toHaveLength(2);
  });
});
