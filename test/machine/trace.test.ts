/** --trace of a machine: lines of a bare program, whose instructions objdump agrees with. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type MachineOptions, openMachine } from '../../src/index.ts';
import { assemble } from '../support/bare-machine/bare-machine.ts';

const folder = mkdtempSync(join(tmpdir(), 'hartix-trace-'));
const kernel = join(folder, 'bare-metal.elf');
const OBJDUMP = 'riscv64-linux-gnu-objdump';

beforeAll(() => writeFileSync(kernel, assemble('bare-metal.S', 0x8000_0000)));
afterAll(() => rmSync(folder, { recursive: true }));

/** Lines of a run to power-off. */
async function traced(trace: readonly string[], options: MachineOptions = {}): Promise<string[]> {
  const traceFile = join(folder, 'trace');
  const machine = await openMachine({
    kernel,
    firmware: 'none',
    memory: '16M',
    deterministic: 1,
    trace,
    traceFile,
    ...options,
  });
  try {
    await machine.halted;
  } finally {
    await machine.close();
  }
  return readFileSync(traceFile, 'utf8').trimEnd().split('\n');
}

function hasObjdump(): boolean {
  try {
    execFileSync(OBJDUMP, ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    console.warn(`SKIPPED: ${OBJDUMP} is missing: ${String(error)}`);
    return false;
  }
}

/** Address to text, as objdump has it, without symbols and comments. */
function listing(): Map<string, string> {
  const text = execFileSync(OBJDUMP, ['-d', kernel], { encoding: 'utf8' });
  const lines = text.matchAll(/^ *([0-9a-f]+):\t([0-9a-f]+) +\t(.*)$/gm);
  return new Map(
    Array.from(lines, ([, address = '', , assembly = '']) => [
      address.padStart(16, '0'),
      assembly
        .replace(/ *[<#].*$/, '')
        .replace(/\s+/g, ' ')
        .trim(),
    ]),
  );
}

/** Lines of what a command of Hartix's guest does. */
async function tracedCommand(
  trace: readonly string[],
  command: string,
): Promise<{ channel: string; text: string }[]> {
  const lines: { channel: string; text: string }[] = [];
  const onTrace = (channel: string, text: string) => lines.push({ channel, text });
  const os = await boot({ trace, onTrace });
  try {
    await os.exec(command);
  } finally {
    await os.close();
  }
  return lines;
}

describe('a trace of programs on Hartix', () => {
  it('of instructions follows them from one system call to the next, and names whose they are', async () => {
    const lines = (await tracedCommand(['exec'], 'true')).map(({ text }) => text);
    const shell = lines.findIndex((line) => /^0 is now task \d+ \(sh\)$/.test(line));
    expect(shell).toBeGreaterThanOrEqual(0);
    const first = /^0 U ([0-9a-f]{16}): /.exec(lines[shell + 1] ?? '')?.[1];
    expect(first).toBeDefined();
    // An ecall has the result of its call in a0 before the next instruction runs.
    const calls = lines.flatMap((line, at) => (/: 00000073 {2}ecall$/.test(line) ? [at] : []));
    expect(calls.length).toBeGreaterThan(20);
    const branches = lines.filter((line) => /^0 U [0-9a-f]{16}: [0-9a-f]{8} {2}beq /.test(line));
    expect(branches.length).toBeGreaterThan(20);
    // From a jump that always jumps the trace goes on at its target.
    const jumps = lines.flatMap((line, at) => {
      const target = /^0 U [0-9a-f]{16}: [0-9a-f]+ +j 0x([0-9a-f]+)$/.exec(line)?.[1];
      return target === undefined ? [] : [{ at, target: target.padStart(16, '0') }];
    });
    expect(jumps.length).toBeGreaterThan(20);
    for (const { at, target } of jumps) {
      const next = lines[at + 1];
      if (next?.startsWith('0 U ')) expect(next.slice(4, 20)).toBe(target);
    }
  });

  it('of interrupts, page faults, walks and translations has lines', async () => {
    const busy = 'i=0; while [ $i -lt 4000 ]; do i=$((i+1)); done';
    const patterns = {
      irq: /^hart 0: interrupt 5$/,
      page: /^write fault at 0x[0-9a-f]+ /,
      walk: /^load [0-9a-f]{16} root [0-9a-f]+: pa [0-9a-f]+$/,
      jit: /^installed [0-9a-f]+: region \d+, \d+ halfwords$/,
    };
    const lines = await tracedCommand(Object.keys(patterns), busy);
    for (const [channel, pattern] of Object.entries(patterns)) {
      const found = lines.some((line) => line.channel === channel && pattern.test(line.text));
      expect({ channel, found }).toEqual({ channel, found: true });
    }
  });
});

describe('a trace', () => {
  it('of instructions has their order, text and effects', async () => {
    const lines = await traced(['exec']);
    // la sp, stack_end: auipc and addi.
    expect(lines[0]).toMatch(/^exec: 0 M 0000000080000000: [0-9a-f]{8} {2}auipc sp,\w+ {2}# sp=/);
    expect(lines[1]).toMatch(/^exec: 0 M 0000000080000004: [0-9a-f]{4,8} +\w+ sp,/);
    for (const mode of ['M', 'S', 'U'])
      expect(lines.some((line) => line.startsWith(`exec: 0 ${mode} `))).toBe(true);
  });

  it.skipIf(!hasObjdump())('of instructions has the text that objdump has', async () => {
    const lines = await traced(['exec']);
    const known = listing();
    let compared = 0;
    for (const line of lines) {
      const match = /^exec: \d \w ([0-9a-f]{16}): [0-9a-f]+ +(.*?)(?: +# .*)?$/.exec(line);
      const [, pc = '', text = ''] = match ?? [];
      const wanted = known.get(pc);
      if (wanted === undefined) continue;
      compared++;
      // objdump writes targets without 0x.
      const plain = (assembly: string): string =>
        assembly.replaceAll('0x', '').replace(/\s+/g, ' ');
      expect(`${pc} ${plain(text)}`).toBe(`${pc} ${plain(wanted)}`);
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('of traps has interrupts and exceptions with their privileges', async () => {
    const lines = await traced(['irq']);
    expect(lines.some((l) => /^irq: hart 0 interrupt 7 \(machine timer\) M>M epc/.test(l))).toBe(
      true,
    );
    expect(lines.some((l) => /interrupt 11 \(machine external\) M>M/.test(l))).toBe(true);
    expect(
      lines.some((l) => /exception 8 \(ecall from u\) U>S epc [0-9a-f]{16} tval 0{16}/.test(l)),
    ).toBe(true);
  });

  it('of page tables has walks', async () => {
    const walks = await traced(['page']);
    expect(walks.some((l) => /^walk: fetch 0000000040000000 root [0-9a-f]+: pa 8/.test(l))).toBe(
      true,
    );
    expect(walks.some((l) => /^walk: store 0000000040001000 /.test(l))).toBe(true);
  });

  it('of a channel that does not exist is refused', async () => {
    await expect(traced(['nonsense'])).rejects.toThrow(/no channel nonsense.*exec, irq, page, jit/);
  });
});
