/** The whole machine with the interpreter: a program in all modes, with interrupts; OpenSBI with a supervisor on it. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  assemble,
  hasInterpreter,
  loadElf,
  testEngine,
} from '../../test/support/bare-machine/bare-machine.ts';
import { SliceEnd } from './hart-runner.ts';
import { Machine } from './machine.ts';

const RAM = 0x8000_0000;
const OPENSBI = '/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.elf';
const MIB = 1024 * 1024;
const silent = { read: () => 0 };

function machineWith(output: number[], isDeterministic: boolean): Machine {
  return new Machine({
    ramBytes: 64 * MIB,
    harts: 1,
    isDeterministic,
    wallClockNs: () => 0,
    uartSource: silent,
    uartSink: {
      write: (bytes) => {
        output.push(...bytes);
        return bytes.length;
      },
    },
    virtio: [],
    bootArguments: '',
    createEngine: testEngine,
  });
}

/** Run until power-off; virtual time jumps to the next timer when the hart waits. */
function runToEnd(machine: Machine): void {
  const [hart] = machine.harts;
  if (!hart) throw new Error('no hart');
  for (let slices = 0; machine.powerOffStatus === undefined; slices++) {
    if (slices > 5000) throw new Error('the program does not end');
    if (machine.runSlice(hart, 10_000) === SliceEnd.WAITING)
      machine.clock.advanceTo(machine.nextDeadline(hart));
    machine.poll();
  }
}

describe.skipIf(!hasInterpreter())('a program on the bare machine', () => {
  it('takes timer and external interrupts, and reaches S- and U-mode under Sv39', () => {
    const output: number[] = [];
    const machine = machineWith(output, true);
    loadElf(machine.memory, assemble('bare-metal.S', RAM));
    runToEnd(machine);
    expect(String.fromCharCode(...output)).toBe('MTESUd\n');
    expect(machine.powerOffStatus).toBe(0);
    // Again after a reset, from M-mode to M-mode; .bss is the program's to clear, which it leaves to the loader.
    machine.memory.fill(RAM, 0, MIB);
    loadElf(machine.memory, assemble('bare-metal.S', RAM));
    machine.reset();
    output.length = 0;
    runToEnd(machine);
    expect(String.fromCharCode(...output)).toBe('MTESUd\n');
  });
});

it('has room behind the device tree, in which OpenSBI enlarges it', () => {
  const { memory, deviceTree, deviceTreeAddress } = machineWith([], true);
  const end = deviceTreeAddress + deviceTree.length;
  // Linux computes a checksum over what OpenSBI 1.1 made of it: 1 KiB and 32 bytes for each hart more.
  expect(memory.base + memory.size - end).toBeGreaterThanOrEqual(1024 + 8 * 32);
});

const hasOpenSbi = existsSync(OPENSBI);
if (!hasOpenSbi) console.warn('SKIPPED: OpenSBI is missing (apt-get install opensbi)');

describe.skipIf(!hasOpenSbi || !hasInterpreter())('OpenSBI', () => {
  it('finds the devices, starts a supervisor, serves its calls and powers off', () => {
    const output: number[] = [];
    const machine = machineWith(output, true);
    loadElf(machine.memory, new Uint8Array(readFileSync(OPENSBI)));
    loadElf(machine.memory, assemble('supervisor.S', RAM + 0x20_0000));
    runToEnd(machine);
    const text = String.fromCharCode(...output);
    expect(text).toMatch(/Platform Timer Device +: aclint-mtimer @ 10000000Hz/);
    expect(text).toMatch(/Platform Console Device +: uart8250/);
    expect(text).toMatch(/Platform Shutdown Device +: sifive_test/);
    expect(text).toMatch(/Boot HART Base ISA +: rv64imafdc/);
    expect(text).toMatch(/Boot HART MIDELEG +: 0x0000000000000222/);
    expect(text).toMatch(/supervisor: scause 5$/);
    expect(machine.powerOffStatus).toBe(0);
  });
});
