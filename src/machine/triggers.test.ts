/** The trigger registers by the RISC-V debug specification 1.0, section 5.7; what they do: privileged.test.ts. */
import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from './clock.ts';
import { Hart } from './hart.ts';
import { PhysicalMemory } from './memory.ts';

const hart = new Hart(new PhysicalMemory(16 * 1024 * 1024), 0, new VirtualClock(() => 0), 8);
const [TSELECT, TDATA1, TDATA2, TDATA3, TINFO, MSTATUS] = [
  0x7a0, 0x7a1, 0x7a2, 0x7a3, 0x7a4, 0x300,
];
const [MCONTROL, MCONTROL6, DISABLED] = [2n << 60n, 6n << 60n, 15n << 60n];
/** Fields of both types, and where their match kind is. */
const [LOAD, STORE, EXECUTE, U, S, M] = [1n, 2n, 4n, 8n, 16n, 64n];
const [NAPOT, GREATER_OR_EQUAL, LESS, MASKED] = [1n << 7n, 2n << 7n, 3n << 7n, 4n << 7n];
const HIT0 = 1n << 22n;
const MIE = 8n;
const HIGH = 0xffff_ffc0;

function written(csr: number, value: bigint): bigint {
  hart.low = Number(value & 0xffff_ffffn);
  hart.high = Number(value >> 32n);
  expect(hart.writeCsr(csr)).toBe(true);
  return read(csr);
}

function read(csr: number): bigint {
  expect(hart.readCsr(csr)).toBe(true);
  return (BigInt(hart.high >>> 0) << 32n) | BigInt(hart.low >>> 0);
}

const load = (low: number, high = HIGH, bytes = 4): boolean =>
  hart.triggers.hitsData(low, high, bytes, true, false) !== undefined;

beforeEach(() => {
  hart.reset(0x8000_0000, 0);
  written(MSTATUS, MIE);
});

describe('trigger registers', () => {
  it('are those of four triggers, which are disabled at reset', () => {
    for (let n = 0n; n < 4n; n++) {
      expect(written(TSELECT, n)).toBe(n);
      expect(read(TDATA1)).toBe(DISABLED);
    }
    expect(written(TSELECT, 4n)).toBe(3n);
    expect(written(TSELECT, 1n << 32n)).toBe(3n);
    // Types 2, 6 and 15; version 1.0.
    expect(read(TINFO)).toBe(0x100_8044n);
    expect(written(TDATA3, 5n)).toBe(0n);
  });

  it('hold address matches of types 2 and 6, and nothing else', () => {
    const everything = (1n << 60n) - 1n;
    expect(written(TDATA1, MCONTROL6 | (everything & ~(15n << 7n)))).toBe(
      MCONTROL6 | HIT0 | M | S | U | EXECUTE | STORE | LOAD,
    );
    expect(written(TDATA1, MCONTROL6 | NAPOT | LOAD)).toBe(MCONTROL6 | NAPOT | LOAD);
    expect(written(TDATA1, MCONTROL6 | MASKED | LOAD)).toBe(MCONTROL6 | LOAD);
    expect(written(TDATA1, MCONTROL | LESS | M | LOAD)).toBe(MCONTROL | LESS | M | LOAD);
    expect(written(TDATA1, MCONTROL | NAPOT | LOAD)).toBe(MCONTROL | LOAD);
    for (const type of [0n, 1n, 3n, 5n])
      expect(written(TDATA1, (type << 60n) | LOAD)).toBe(DISABLED);
    expect(written(TDATA2, (1n << 64n) - 1n)).toBe((1n << 64n) - 1n);
  });
});

describe('matches', () => {
  it('are exact at addresses of the upper half, and leave a mark', () => {
    written(TDATA2, 0xffff_ffc0_0000_0010n);
    written(TDATA1, MCONTROL6 | M | LOAD);
    expect([load(0x0c), load(0x0d), load(0x10), load(0x11)]).toEqual([false, true, true, false]);
    expect(load(0x10, HIGH - 1)).toBe(false);
    expect(read(TDATA1)).toBe(MCONTROL6 | HIT0 | M | LOAD);
    expect(hart.triggers.hitsData(0x10, HIGH, 4, false, true)).toBeUndefined();
    expect([hart.triggers.hasData, hart.triggers.hasCode]).toEqual([true, false]);
  });

  it('cover ranges', () => {
    // 32 bytes: four ones.
    written(TDATA2, 0xffff_ffc0_0000_002fn);
    written(TDATA1, MCONTROL6 | NAPOT | M | LOAD);
    expect([load(0x1c), load(0x20), load(0x3c), load(0x40)]).toEqual([false, true, true, false]);
    written(TDATA1, MCONTROL6 | GREATER_OR_EQUAL | M | LOAD);
    expect([load(0x28), load(0x2c), load(0x30), load(0, 0xffff_ffff)]).toEqual([
      false,
      true,
      true,
      true,
    ]);
    written(TDATA1, MCONTROL6 | LESS | M | LOAD);
    expect([load(0x2c), load(0x2f), load(0, 0)]).toEqual([true, false, true]);
  });

  it('ask for the mode, and for interrupts being on where the handler runs', () => {
    written(TDATA2, 0xffff_ffc0_0000_0010n);
    written(TDATA1, MCONTROL6 | S | LOAD);
    expect(load(0x10)).toBe(false);
    hart.setPrivilege(1);
    expect(load(0x10)).toBe(true);
    hart.setPrivilege(3);
    const delegated = 1n << 3n;
    written(0x302, delegated);
    hart.setPrivilege(1);
    // sstatus.SIE is clear, and the breakpoint would come to this mode.
    expect(load(0x10)).toBe(false);
  });
});
