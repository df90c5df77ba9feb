/** Interrupts and traps as the kernel shows them; where lines are routed; and what becomes of bugs of the kernel's own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-irq-'));
const TIMEOUT_MS = 60_000;
let system: System;

/** Without a stack from tick to tick: what the kernel saves on an interrupt must not go through sp. */
const NO_STACK = `#include <stdio.h>
int main(void) {
  unsigned long start, now, loops = 0;
  __asm__ volatile(
      "mv t0, sp\\n li sp, 0\\n rdtime %0\\n"
      "1: addi %2, %2, 1\\n rdtime %1\\n sub t1, %1, %0\\n li t2, 2000000\\n bltu t1, t2, 1b\\n"
      "mv sp, t0\\n" : "=&r"(start), "=&r"(now), "+&r"(loops) : : "t0", "t1", "t2", "memory");
  puts(loops > 100 ? "survived" : "no loop");
  return 0;
}
`;

beforeAll(async () => {
  system = await boot({ harts: 2 });
}, TIMEOUT_MS);

afterAll(async () => {
  await system.close();
  rmSync(WORK, { recursive: true, force: true });
});

async function sh(script: string): Promise<string> {
  const { stdout, stderr } = await system.exec(script, { timeout: TIMEOUT_MS });
  expect(stderr).toBe('');
  return stdout;
}

/** Counts per hart of the line of a device, and its number. */
async function lineOf(device: string): Promise<{ number: number; counts: number[] }> {
  const text = await sh(`grep ' ${device}$' /proc/interrupts`);
  const [number = '', ...columns] = text.trim().split(/[:\s]+/);
  return { number: Number(number), counts: columns.slice(0, 2).map(Number) };
}

const readDisk = (): Promise<string> =>
  sh('dd if=/dev/vda of=/dev/null bs=4k count=50 2>/dev/null');

describe('interrupt lines', () => {
  test('go to the hart that smp_affinity says', async () => {
    const { number } = await lineOf('vda');
    const folder = `/proc/irq/${number}`;
    expect(await sh(`cat ${folder}/smp_affinity ${folder}/smp_affinity_list`)).toBe('3\n0-1\n');
    expect(await sh(`ls -d ${folder}/vda`)).toBe(`${folder}/vda\n`);
    for (const [mask, hart] of [
      ['2', 1],
      ['1', 0],
      ['2', 1],
    ] as const) {
      await sh(`echo ${mask} > ${folder}/smp_affinity`);
      expect(await sh(`cat ${folder}/effective_affinity_list`)).toBe(`${hart}\n`);
      const before = await lineOf('vda');
      await readDisk();
      const after = await lineOf('vda');
      expect(after.counts[hart]).toBeGreaterThan(before.counts[hart] ?? 0);
      expect(after.counts[1 - hart]).toBe(before.counts[1 - hart]);
    }
    await sh(`echo 0-1 > ${folder}/smp_affinity_list`);
    expect(await sh(`cat ${folder}/smp_affinity`)).toBe('3\n');
  });

  test('cannot go where there is no hart', async () => {
    const { number } = await lineOf('vda');
    for (const [file, text] of [
      ['smp_affinity', '0'],
      ['smp_affinity', '4'],
      ['smp_affinity', 'x'],
      ['smp_affinity_list', '2'],
      ['smp_affinity_list', '1-0'],
    ]) {
      const { stderr } = await system.exec(`echo ${text} > /proc/irq/${number}/${file}`);
      expect(stderr).toMatch(/write error/);
    }
  });

  test('that are masked keep their interrupt pending', async () => {
    const { number } = await lineOf('vda');
    const folder = `/proc/irq/${number}`;
    await sh(`echo 1 > ${folder}/masked`);
    const before = await lineOf('vda');
    await readDisk();
    expect(await sh(`cat ${folder}/pending`)).toBe('1\n');
    expect(await lineOf('vda')).toEqual(before);
    await sh(`echo 0 > ${folder}/masked; true`);
    expect(await sh(`cat ${folder}/pending`)).toBe('0\n');
    const after = await lineOf('vda');
    expect(after.counts[0]).toBe((before.counts[0] ?? 0) + 1);
  });
});

function hartix(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [CLI, 'run', ...args], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
}

describe('bugs', () => {
  const DIRECT = '/sys/kernel/debug/provoke-crash/DIRECT';

  test.each([
    ['PANIC', /Panic: dumptest/],
    ['EXCEPTION', /RangeError: Invalid array length/],
    ['ACCESS_FAULT', /bus error: read at 0x10/],
    ['EXHAUST_STACK', /RangeError: Maximum call stack size exceeded/],
    ['DOUBLE_FAULT', /double fault: Panic: dumptest\nhart 0, while it was reported: Panic: /],
  ])('of the kind %s end in one panic with registers', (kind, reason) => {
    const { status, stderr } = hartix('--', 'sh', '-c', `echo ${kind} > ${DIRECT}`);
    expect(status).toBe(70);
    expect(stderr.match(/Kernel panic - not syncing/g)).toHaveLength(1);
    expect(stderr).toMatch(reason);
    expect(stderr).toMatch(/^pc {2}[0-9a-f]{16} {2}ra {2}[0-9a-f]{16}/m);
    expect(stderr.match(/^s\d+ +[0-9a-f]{16}|[^ ] s\d+ +[0-9a-f]{16}/gm)?.length).toBeGreaterThan(
      0,
    );
  });

  test.each([
    ['early_fault=0x10', /bus error: read at 0x10/],
    ['root=/dev/vdz', /VFS: Unable to mount root fs on \/dev\/vdz/],
  ])('during boot (%s) do, too', (append, reason) => {
    const { status, stderr } = hartix('--append', append, '--', 'true');
    expect(status).toBe(70);
    expect(stderr.match(/Kernel panic - not syncing/g)).toHaveLength(1);
    expect(stderr).toMatch(reason);
    expect(stderr).toMatch(/hart 0, no task/);
  });

  test('of a program with no stack do not hurt the kernel', () => {
    const source = join(WORK, 'no-stack.c');
    writeFileSync(source, NO_STACK);
    expect(hartix(source)).toMatchObject({ status: 0, stdout: 'survived\n' });
  });
});

test('the log tells of each step of the boot', async () => {
  const log = await sh('dmesg');
  const steps = [
    /Hartix version \S+/,
    /Boot ROM: \[mem 0x1000-0xffff\], reset vector to 0x80000000, device tree at 0x8f[0-9a-f]{6}/,
    /SBI specification v2\.0 detected/,
    /SBI implementation ID=0x[0-9a-f]+ Version=0x[0-9a-f]+/,
    /Command line: .*root=\/dev\/vda/,
    /Memory: 262144K at \[mem 0x80000000-0x8fffffff\]/,
    /hart 0: rv64\w+, sv39/,
    /hart 1: rv64\w+, sv39/,
    /smp: Brought up 2 harts/,
    /clocksource: riscv_clocksource at \d+ Hz/,
    /plic: .*0xc000000/,
    /ttyS0 at MMIO 0x10000000 \(irq = \d+\) is a 16550A/,
    /virtio_blk virtio\d+: vda: .*/,
    /Mounted root \(ext2 filesystem\) on \/dev\/vda/,
    /Run \/bin\/init/,
  ];
  let at = 0;
  for (const step of steps) {
    const found = log.slice(at).search(step);
    expect(found, `${step} after position ${at} of\n${log}`).toBeGreaterThanOrEqual(0);
    at += found;
  }
  expect(log).toMatch(/virtio\d+: .*0x1000[0-9a-f]{4}.*irq = \d+/);
});
