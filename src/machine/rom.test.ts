/** The ROM on the bus: what QEMU's virt machine has at 0x1000, to read and to execute. */
import { describe, expect, it } from 'vitest';
import {
  assemble,
  hasInterpreter,
  symbolsOf,
} from '../../test/support/bare-machine/bare-machine.ts';
import { ConformanceMachine, MODES } from '../../test/support/bare-machine/conformance-machine.ts';
import { Bus } from './bus.ts';
import { ROM_BASE, ROM_BYTES } from './hart-layout.ts';
import { Rom, resetVector } from './rom.ts';

const rom = new Rom(new Uint8Array(ROM_BYTES));
const bus = new Bus();
bus.map(ROM_BASE, ROM_BYTES, rom);

describe('the boot ROM', () => {
  it('has the reset vector and its values', () => {
    rom.burn(resetVector(0x8000_0000, 0x8fe0_0000, 0x8020_0000));
    // What riscv64-linux-gnu-as makes of: auipc t0, 0; addi a2, t0, 40; csrr a0, mhartid; ld a1, 32(t0); ld t0, 24(t0); jr t0
    expect(Array.from({ length: 6 }, (_, i) => bus.read(0x1000 + 4 * i, 4).toString(16))).toEqual([
      '297',
      '2828613',
      'f1402573',
      '202b583',
      '182b283',
      '28067',
    ]);
    const words = new Uint32Array(2);
    const wide = [0x1018, 0x1020, 0x1028, 0x1030, 0x1038, 0x1040, 0x1048].map((pa) => {
      expect(bus.readWide(pa, words, 0)).toBe(0);
      return [words[0], words[1]];
    });
    expect(wide).toEqual([
      [0x8000_0000, 0],
      [0x8fe0_0000, 0],
      [0x4942_534f, 0],
      [2, 0],
      [0x8020_0000, 0],
      [1, 0],
      [0, 0],
    ]);
    expect([bus.read(0x1002, 2), bus.read(0x1004, 1)]).toEqual([0, 0x13]);
  });

  it('faults where it is written, and keeps its content over a reset', () => {
    for (const size of [1, 2, 4]) expect(bus.write(0x1000, size, 0)).toBe(-1);
    expect(bus.writeWide(0x1000, 0, 0)).toBe(-1);
    rom.reset();
    expect(bus.read(0x1000, 4)).toBe(0x297);
    expect([bus.read(0xffff, 1), bus.read(0x1_0000, 1), bus.read(0xfff, 1)]).toEqual([0, -1, -1]);
    const other = new Rom(new Uint8Array(ROM_BYTES));
    other.restore(structuredClone(rom.save()));
    expect(other.read(4, 4)).toBe(0x0282_8613);
  });
});

describe.skipIf(!hasInterpreter())('code in the ROM', () => {
  const elf = assemble('rom.S', 0x8000_0000);
  const symbols = symbolsOf(elf);

  it.each(MODES)('is executed: the reset vector starts the program anew (%s)', (mode) => {
    const conformance = new ConformanceMachine(mode);
    conformance.load(elf);
    const { machine } = conformance;
    expect(conformance.run(1_000_000, () => machine.powerOffStatus !== undefined)).toBe(true);
    const word = (name: string, at = 0) => conformance.word((symbols.get(name) ?? 0) + 4 * at);
    expect(word('starts')).toBe(100);
    // a0, a1, a2 as QEMU's vector leaves them: hart, device tree, struct fw_dynamic_info behind the vector.
    expect([word('left', 0), word('left', 2), word('left', 4)]).toEqual([
      0,
      machine.deviceTreeAddress,
      0x1028,
    ]);
    // The first address behind the ROM: an instruction access fault there. A store to it: cause 7.
    expect([word('causes', 0), word('tvals', 0)]).toEqual([1, 0x1_0000]);
    expect([word('causes', 1), word('tvals', 1)]).toEqual([7, 0x1000]);
  });
});
