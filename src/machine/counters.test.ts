/** Performance counters by the privileged spec 20240411, sections 3.1.10 to 3.1.12. */
import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from './clock.ts';
import { Hart } from './hart.ts';
import { HART } from './hart-layout.ts';
import { PhysicalMemory } from './memory.ts';

const hart = new Hart(new PhysicalMemory(16 * 1024 * 1024), 0, new VirtualClock(() => 0), 8);
const [CYCLE, INSTRET, HPMCOUNTER3] = [0xb00, 0xb02, 0xb03];
const [HPMEVENT3, COUNTINHIBIT, MCOUNTEREN, HPMCOUNTER3_U] = [0x323, 0x320, 0x306, 0xc03];
const ONES = (1n << 64n) - 1n;
/** SBI 2.0, table 36: hardware events 1 and 2; table 37: cache events, type 1. */
const [EVENT_CYCLES, EVENT_DTLB_READ_MISS] = [1n, 0x1_0019n];
const EVENT_EXCEPTIONS = 0x2_0001n;
const LOAD_PAGE_FAULT = 13;

function read(csr: number): bigint | 'illegal' {
  if (!hart.readCsr(csr)) return 'illegal';
  return (BigInt(hart.high >>> 0) << 32n) | BigInt(hart.low >>> 0);
}

/** An instruction: it retires after what it did. */
function write(csr: number, value: bigint): void {
  hart.low = Number(value & 0xffff_ffffn);
  hart.high = Number(value >> 32n);
  expect(hart.writeCsr(csr)).toBe(true);
  retire(1);
}

function retire(instructions: number): void {
  hart.state.setWord(HART.INSTRET, hart.state.word(HART.INSTRET) + instructions);
}

beforeEach(() => hart.reset(0x8000_0000, 0));

describe('mcountinhibit', () => {
  it('has bits for cycle, instret and sixteen more', () => {
    write(COUNTINHIBIT, ONES);
    expect(read(COUNTINHIBIT)).toBe(0x7_fffdn);
  });

  it('stops a counter, which goes on from where it was', () => {
    write(INSTRET, 1000n);
    write(CYCLE, 5000n);
    retire(9);
    write(COUNTINHIBIT, 4n);
    const stopped = read(INSTRET);
    retire(50);
    expect(read(INSTRET)).toBe(stopped);
    expect(read(CYCLE)).toBe(5060n);
    write(INSTRET, 7n);
    retire(3);
    expect(read(INSTRET)).toBe(7n);
    write(COUNTINHIBIT, 0n);
    retire(10);
    expect([17n, 18n]).toContain(read(INSTRET));
  });
});

describe('mhpmcounters', () => {
  it('count nothing without an event, and take none that is not there', () => {
    write(HPMEVENT3, 12_345n);
    expect(read(HPMEVENT3)).toBe(0n);
    write(HPMCOUNTER3, 77n);
    retire(10);
    expect(read(HPMCOUNTER3)).toBe(77n);
  });

  it('keep their value when the event changes, and count that from then on', () => {
    write(HPMCOUNTER3, ONES);
    write(HPMEVENT3, EVENT_EXCEPTIONS);
    expect(read(HPMCOUNTER3)).toBe(ONES);
    for (let k = 0; k < 3; k++) hart.trap(LOAD_PAGE_FAULT, false);
    expect(read(HPMCOUNTER3)).toBe(2n);
    write(HPMEVENT3, EVENT_DTLB_READ_MISS);
    hart.trap(LOAD_PAGE_FAULT, false);
    expect(read(HPMCOUNTER3)).toBe(2n);
    write(HPMEVENT3, EVENT_CYCLES);
    const before = read(HPMCOUNTER3);
    retire(100);
    expect(read(HPMCOUNTER3)).toBe((before === 'illegal' ? 0n : before) + 100n);
  });

  it('are zero from the seventeenth on, in all modes that ask', () => {
    write(HPMCOUNTER3 + 16, 5n);
    write(HPMEVENT3 + 16, EVENT_CYCLES);
    expect([read(HPMCOUNTER3 + 16), read(HPMEVENT3 + 16)]).toEqual([0n, 0n]);
    expect(read(HPMCOUNTER3 + 28)).toBe(0n);
    expect(read(HPMCOUNTER3 + 29)).toBe('illegal');
  });

  it('are open to S-mode by their bit of mcounteren', () => {
    write(MCOUNTEREN, 1n << 4n);
    hart.setPrivilege(1);
    expect(read(HPMCOUNTER3_U)).toBe('illegal');
    expect(read(HPMCOUNTER3_U + 1)).toBe(0n);
    hart.setPrivilege(0);
    expect(read(HPMCOUNTER3_U + 1)).toBe('illegal');
  });
});
