/** The platform with the interpreter: system calls, page faults, timers, preemption, idle sleep, address spaces. */
import { beforeEach, describe, expect, it } from 'vitest';
import { hasInterpreter, testEngine } from '../../test/support/bare-machine/bare-machine.ts';
import { Machine } from '../machine/machine.ts';
import type { MachineOptions } from '../machine/machine-options.ts';
import { CONTEXT, type Trap } from './platform.ts';
import { Riscv64Platform } from './riscv64.ts';
import { SharingPlatform } from './sharing.ts';

function next(platform: Riscv64Platform): Trap {
  const trap = platform.nextEvent();
  if (!trap) throw new Error('the machine rests');
  return trap;
}

const MIB = 1024 * 1024;
const RAM = 0x8000_0000;
const CODE_VA = 0x1_0000;
const DATA_VA = 0x2_0000;
const ROOT = RAM + 0x1000;
const CODE = RAM + 0x10_000;
const DATA = RAM + 0x11_000;
/** V, U and A (and D) with X, or R and W. */
const PTE_CODE = 0x59;
const PTE_DATA = 0xd7;
const ECALL = 0x0000_0073;
const JUMP_SELF = 0x0000_006f;
/** rdtime a0; ld a1, 0(a0) and so on were assembled with binutils. */
const LD_A1_A0 = 0x0005_3583;
const RDTIME_A0 = 0xc010_2573;
const ADDI_A0_A0_1 = 0x0015_0513;
const JUMP_BACK_4 = 0xffdf_f06f;

function options(isDeterministic: boolean): MachineOptions {
  return {
    ramBytes: 16 * MIB,
    harts: 1,
    isDeterministic,
    wallClockNs: () => 0,
    uartSource: { read: () => 0 },
    uartSink: { write: (bytes) => bytes.length },
    virtio: [],
    bootArguments: '',
    createEngine: testEngine,
  };
}

function setup(isDeterministic: boolean): { machine: Machine; platform: Riscv64Platform } {
  const machine = new Machine(options(isDeterministic));
  const doorbell = new Int32Array(new SharedArrayBuffer(4));
  return { machine, platform: new Riscv64Platform({ machine, doorbell }) };
}

/** Three levels of tables from `root` on that map the code and data pages. */
function mapProgram(machine: Machine, root: number, code: number, data: number): void {
  const { u32, base } = machine.memory;
  const set = (pa: number, target: number, flags: number): void => {
    u32[(pa - base) >>> 2] = (target >>> 2) | flags;
  };
  set(root, root + 0x1000, 1);
  set(root + 0x1000, root + 0x2000, 1);
  set(root + 0x2000 + (CODE_VA >>> 12) * 8, code, PTE_CODE);
  set(root + 0x2000 + (DATA_VA >>> 12) * 8, data, PTE_DATA);
}

function put(machine: Machine, pa: number, words: readonly number[]): void {
  machine.memory.u32.set(words, (pa - machine.memory.base) >>> 2);
}

describe.skipIf(!hasInterpreter())('the platform', () => {
  let machine: Machine;
  let platform: Riscv64Platform;
  let registers: Uint32Array;

  beforeEach(() => {
    ({ machine, platform } = setup(true));
    mapProgram(machine, ROOT, CODE, DATA);
    platform.setAddressSpace(0, ROOT, 1);
    registers = platform.registers(0);
    registers[CONTEXT.PC] = CODE_VA;
  });

  it('delivers an environment call, and goes on where the kernel says', () => {
    put(machine, CODE, [ADDI_A0_A0_1, ECALL, ADDI_A0_A0_1, ECALL]);
    platform.resume(0);
    expect(platform.nextEvent()).toEqual({ hart: 0, isInterrupt: false, cause: 8, tval: 0 });
    expect(registers[CONTEXT.PC]).toBe(CODE_VA + 4);
    expect(registers[CONTEXT.X + 20]).toBe(1);
    expect(platform.instret(0)).toBe(1);
    registers[CONTEXT.PC] = CODE_VA + 8;
    registers[CONTEXT.X + 20] = 41;
    platform.resume(0);
    expect(platform.nextEvent()?.cause).toBe(8);
    expect(registers[CONTEXT.X + 20]).toBe(42);
  });

  it('reports a page fault at an address that a double cannot hold', () => {
    put(machine, CODE, [LD_A1_A0]);
    registers[CONTEXT.X + 20] = 0xbeef_0008;
    registers[CONTEXT.X + 21] = 0xdead_beef;
    platform.resume(0);
    expect(platform.nextEvent()).toMatchObject({ cause: 13, exactTval: 0xdead_beef_beef_0008n });
  });

  it('reports a page fault at its address, and retries after the page is mapped', () => {
    put(machine, CODE, [LD_A1_A0, ECALL]);
    put(machine, DATA + 0x1000, [0x1234_5678, 0]);
    registers[CONTEXT.X + 20] = DATA_VA + 0x1000;
    platform.resume(0);
    expect(platform.nextEvent()).toMatchObject({
      cause: 13,
      tval: DATA_VA + 0x1000,
      exactTval: undefined,
    });
    expect(registers[CONTEXT.PC]).toBe(CODE_VA);
    const pte = ROOT + 0x2000 + ((DATA_VA >>> 12) + 1) * 8;
    put(machine, pte, [((DATA + 0x1000) >>> 2) | PTE_DATA]);
    platform.resume(0);
    expect(platform.nextEvent()?.cause).toBe(8);
    expect(registers[CONTEXT.X + 22]).toBe(0x1234_5678);
  });

  it('preempts an endless loop at the timer, once', () => {
    put(machine, CODE, [JUMP_SELF]);
    platform.setTimer(0, 1000);
    platform.resume(0);
    expect(platform.nextEvent()).toMatchObject({ isInterrupt: true, cause: 5 });
    // 100 ns a tick, 1 ns an instruction; the engine stretches a slice by less than 64.
    expect(platform.time()).toBe(1000);
    expect(platform.instret(0)).toBeGreaterThanOrEqual(100_000);
    expect(platform.instret(0)).toBeLessThan(100_064);
    platform.setTimer(0, 2000);
    platform.resume(0);
    platform.nextEvent();
    expect(platform.time()).toBe(2000);
  });

  it('jumps over idle time in deterministic mode', () => {
    platform.setTimer(0, 3_600 * platform.timebaseHz);
    platform.idle(0);
    expect(platform.nextEvent()).toMatchObject({ isInterrupt: true, cause: 5 });
    expect(platform.time()).toBe(3_600 * platform.timebaseHz);
  });

  it('lets charged time reach the timer', () => {
    put(machine, CODE, [ECALL]);
    platform.setTimer(0, 100);
    platform.resume(0);
    expect(platform.nextEvent()?.cause).toBe(8);
    platform.charge(10_000);
    platform.resume(0);
    expect(platform.nextEvent()).toMatchObject({ isInterrupt: true, cause: 5 });
  });

  it('reads the clock in user mode', () => {
    put(machine, CODE, [RDTIME_A0, ECALL]);
    platform.charge(123_400);
    platform.resume(0);
    expect(platform.nextEvent()?.cause).toBe(8);
    expect(registers[CONTEXT.X + 20]).toBe(1234);
  });

  it('keeps translations of an address space while another one runs', () => {
    const other = RAM + 0x20_000;
    mapProgram(machine, other, CODE + 0x8000, DATA + 0x8000);
    put(machine, CODE, [LD_A1_A0, ECALL]);
    put(machine, CODE + 0x8000, [LD_A1_A0, ECALL]);
    put(machine, DATA, [1]);
    put(machine, DATA + 0x8000, [2]);
    const walks: number[] = [];
    for (const [root, asid] of [
      [ROOT, 1],
      [other, 2],
      [ROOT, 1],
      [other, 2],
    ] as const) {
      platform.setAddressSpace(0, root, asid);
      registers[CONTEXT.PC] = CODE_VA;
      registers[CONTEXT.X + 20] = DATA_VA;
      platform.resume(0);
      expect(platform.nextEvent()?.cause).toBe(8);
      expect(registers[CONTEXT.X + 22]).toBe(asid);
      walks.push(platform.statistics()['pageWalks'] ?? 0);
    }
    // A fetch and a load each, the first time only.
    expect(walks).toEqual([2, 4, 4, 4]);
  });

  it('sees a changed page only after the flush, and new code after its invalidation', () => {
    put(machine, CODE, [LD_A1_A0, ECALL]);
    put(machine, DATA, [1]);
    put(machine, DATA + 0x1000, [2]);
    const run = (): number => {
      registers[CONTEXT.PC] = CODE_VA;
      registers[CONTEXT.X + 20] = DATA_VA;
      platform.resume(0);
      expect(platform.nextEvent()?.cause).toBe(8);
      return registers[CONTEXT.X + 22] as number;
    };
    expect(run()).toBe(1);
    const pte = ROOT + 0x2000 + (DATA_VA >>> 12) * 8;
    put(machine, pte, [((DATA + 0x1000) >>> 2) | PTE_DATA]);
    platform.flushTlb(1, DATA_VA);
    expect(run()).toBe(2);
    put(machine, CODE, [ADDI_A0_A0_1, ECALL]);
    platform.invalidateCode(CODE);
    run();
    expect(registers[CONTEXT.X + 20]).toBe(DATA_VA + 1);
  });

  it('repeats a deterministic run to the instruction', () => {
    const run = (): number[] => {
      ({ machine, platform } = setup(true));
      mapProgram(machine, ROOT, CODE, DATA);
      platform.setAddressSpace(0, ROOT, 1);
      put(machine, CODE, [ADDI_A0_A0_1, JUMP_BACK_4]);
      const context = platform.registers(0);
      context[CONTEXT.PC] = CODE_VA;
      const log: number[] = [];
      for (let i = 0; i < 200; i++) {
        platform.setTimer(0, platform.time() + 10 + (i % 7));
        platform.resume(0);
        platform.nextEvent();
        platform.charge(123);
        log.push(platform.time(), platform.instret(0), context[CONTEXT.PC] as number);
      }
      return log;
    };
    const first = run();
    expect(run()).toEqual(first);
    // Preemption falls on both instructions of the loop.
    expect(new Set(first.filter((_, i) => i % 3 === 2)).size).toBe(2);
  });

  it('takes turns between harts', () => {
    machine = new Machine({ ...options(true), harts: 2 });
    const doorbell = new Int32Array(new SharedArrayBuffer(4));
    platform = new Riscv64Platform({ machine, doorbell });
    mapProgram(machine, ROOT, CODE, DATA);
    put(machine, CODE, [ADDI_A0_A0_1, JUMP_BACK_4]);
    for (const hart of [0, 1]) {
      platform.setAddressSpace(hart, ROOT, 1);
      platform.registers(hart)[CONTEXT.PC] = CODE_VA;
      platform.setTimer(hart, 50_000 * (hart + 1));
      platform.resume(hart);
    }
    expect({ ...platform.nextEvent() }).toMatchObject({ hart: 0, cause: 5 });
    expect({ ...platform.nextEvent() }).toMatchObject({ hart: 1, cause: 5 });
    expect(platform.instret(0)).toBeGreaterThan(1_000_000);
    expect(platform.instret(1)).toBeGreaterThan(1_000_000);
  });

  it('takes turns between harts though one traps and sets its timer all the time, and interrupts the one that it is told to', () => {
    machine = new Machine({ ...options(false), harts: 2 });
    const doorbell = new Int32Array(new SharedArrayBuffer(4));
    platform = new Riscv64Platform({ machine, doorbell });
    mapProgram(machine, ROOT, CODE, DATA);
    put(machine, CODE, [ECALL]);
    for (const hart of [0, 1]) {
      platform.setAddressSpace(hart, ROOT, 1);
      platform.registers(hart)[CONTEXT.PC] = CODE_VA;
      platform.resume(hart);
    }
    const traps = [0, 0];
    for (let i = 0; i < 20_000; i++) {
      const { hart, isInterrupt } = next(platform);
      expect(isInterrupt).toBe(false);
      traps[hart] = (traps[hart] ?? 0) + 1;
      platform.setTimer(hart, platform.time() + 1e9 + i);
      platform.resume(hart);
    }
    expect(Math.min(...traps)).toBeGreaterThan(5000);
    platform.sendIpi(1);
    platform.sendIpi(1);
    const interrupts: number[] = [];
    for (let i = 0; i < 10_000; i++) {
      const { hart, isInterrupt, cause } = next(platform);
      if (isInterrupt) interrupts.push(hart, cause);
      platform.resume(hart);
    }
    expect(interrupts).toEqual([1, 1]);
  });

  it('refuses to go on after power-off', () => {
    platform.resume(0);
    platform.writeMmio(0x10_0000, 4, 0x5555);
    expect(() => platform.nextEvent()).toThrow('the machine is off');
    expect(machine.powerOffStatus).toBe(0);
  });

  it('gives back a thread that is not its own, until the timer that it would sleep for', () => {
    machine = new Machine(options(false));
    const doorbell = new Int32Array(new SharedArrayBuffer(4));
    const sharing = new SharingPlatform({ machine, doorbell });
    platform = sharing;
    platform.idle(0);
    expect(platform.nextEvent()).toBeUndefined();
    expect(platform.restsMs).toBe(Number.POSITIVE_INFINITY);
    sharing.resumed();
    platform.setTimer(0, platform.time() + 3600 * platform.timebaseHz);
    expect(platform.nextEvent()).toBeUndefined();
    expect(platform.restsMs).toBeGreaterThan(3_500_000);
    expect(platform.restsMs).toBeLessThanOrEqual(3_600_000);
    sharing.resumed();
    platform.setTimer(0, platform.time());
    expect(platform.nextEvent()).toMatchObject({ isInterrupt: true, cause: 5 });
  });

  it('interrupts a running hart in real time, and sleeps until a timer or the doorbell', () => {
    ({ machine, platform } = setup(false));
    mapProgram(machine, ROOT, CODE, DATA);
    platform.setAddressSpace(0, ROOT, 1);
    put(machine, CODE, [ADDI_A0_A0_1, JUMP_BACK_4]);
    platform.registers(0)[CONTEXT.PC] = CODE_VA;
    for (const begin of [() => platform.resume(0), () => platform.idle(0)]) {
      const due = platform.time() + platform.timebaseHz / 200;
      platform.setTimer(0, due);
      begin();
      expect(platform.nextEvent()).toMatchObject({ isInterrupt: true, cause: 5 });
      expect(platform.time()).toBeGreaterThanOrEqual(due);
    }
    expect(platform.statistics()['sleeps']).toBeGreaterThanOrEqual(1);
  });
});
