/** The built-in SBI against OpenSBI: what a supervisor that calls everything was answered there, recorded (sbi.c, sbi.expected). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openMachine } from '../../src/index.ts';
import { assemble } from '../support/bare-machine/bare-machine.ts';

const KERNEL_BASE = 0x8020_0000;
const folder = mkdtempSync(join(tmpdir(), 'hartix-sbi-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Where OpenSBI 1.6 is laxer than SBI 2.0, which says what the answer is. */
const STRICTER: Readonly<Record<string, string>> = {
  // Section 7.1 and 8.1: "at least one hartid constructed from hart_mask_base and hart_mask is not valid".
  'to hart 60: 0': 'to hart 60: -3',
  'to hart 1000: 0': 'to hart 1000: -3',
  'fence on hart 60: 0': 'fence on hart 60: -3',
  'fence on hart 1000: 0': 'fence on hart 1000: -3',
  // Sections 11.9 and 11.10: ALREADY_STARTED and ALREADY_STOPPED, of firmware's counters, too.
  'start a started one: 0 0': 'start a started one: -7 0',
  'stop a stopped one: 0 0': 'stop a stopped one: -8 0',
};

it.each([false, true])('answers as OpenSBI does (translate: %s)', async (translate) => {
  const [, ...recorded] = readFileSync(join(import.meta.dirname, 'sbi.expected'), 'utf8')
    .trimEnd()
    .split('\n');
  const expected = recorded.map((line) => STRICTER[line] ?? line);
  expect(expected.filter((line, index) => line !== recorded[index])).toHaveLength(
    Object.keys(STRICTER).length,
  );
  const kernel = join(folder, 'sbi.elf');
  writeFileSync(kernel, assemble(join(import.meta.dirname, 'sbi.c'), KERNEL_BASE));
  const machine = await openMachine({ kernel, harts: 2, banner: false, translate });
  try {
    let output = '';
    machine.output.on('data', (bytes: Buffer) => (output += bytes.toString()));
    const ended = new Promise((resolve) => machine.output.once('end', resolve));
    expect(await machine.halted).toBe(0);
    await ended;
    expect(output.trimEnd().split('\r\n')).toEqual(expected);
  } finally {
    await machine.close();
  }
});
