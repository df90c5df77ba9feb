/** The whole machine with the interpreter: a program in M-, S- and U-mode, with timer and device interrupts. */
import { describe, expect, it } from 'vitest';
import {
  assemble,
  hasInterpreter,
  loadElf,
  testEngine,
} from '../../test/support/bare-machine/bare-machine.ts';
import { Machine } from './machine.ts';

const MIB = 1024 * 1024;
const silent = { read: () => 0 };

function machineWith(output: number[], isDeterministic: boolean): Machine {
  return new Machine({
    ramBytes: 16 * MIB,
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
    if (slices > 1000) throw new Error('the program does not end');
    if (machine.runSlice(hart, 10_000)) machine.clock.advanceTo(machine.nextDeadline(hart));
    machine.poll();
  }
}

describe.skipIf(!hasInterpreter())('a program on the bare machine', () => {
  it('takes timer and external interrupts, and reaches S- and U-mode under Sv39', () => {
    const output: number[] = [];
    const machine = machineWith(output, true);
    loadElf(machine.memory, assemble('bare-metal.S'));
    runToEnd(machine);
    expect(String.fromCharCode(...output)).toBe('MTESUd\n');
    expect(machine.powerOffStatus).toBe(0);
  });
});
