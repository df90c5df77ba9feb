/** Break- and watchpoints and single steps on a program whose loop is interpreted, and one whose loop is a region. */
import { describe, expect, it } from 'vitest';
import {
  assemble,
  hasInterpreter,
  loadElf,
  symbolsOf,
} from '../../../test/support/bare-machine/bare-machine.ts';
import { interpreterModule, SYNCHRONOUS } from '../../../test/support/engine-backend.ts';
import { createEngine, type Translation } from '../../jit/engine.ts';
import type { Hart } from '../hart.ts';
import { HART } from '../hart-layout.ts';
import { SliceEnd } from '../hart-runner.ts';
import { Machine } from '../machine.ts';
import { DEBUG_CAUSE, type DebugPoint, POINT, type PointKind } from './points.ts';

const RAM = 0x8000_0000;
const MIB = 1024 * 1024;
const ROUNDS = 200_000;

interface Board {
  readonly machine: Machine;
  readonly hart: Hart;
  readonly symbols: ReadonlyMap<string, number>;
}

function boot(translation: Translation): Board {
  const machine = new Machine({
    ramBytes: 16 * MIB,
    harts: 1,
    isDeterministic: true,
    wallClockNs: () => 0,
    uartSource: { read: () => 0 },
    uartSink: { write: (bytes) => bytes.length },
    virtio: [],
    bootArguments: '',
    createEngine: (memory, calls) =>
      createEngine({ memory, calls, interpreter: interpreterModule(), translation }),
  });
  const elf = assemble('counting.S', RAM);
  loadElf(machine.memory, elf);
  const [hart] = machine.harts;
  if (!hart) throw new Error('no hart');
  return { machine, hart, symbols: symbolsOf(elf) };
}

function run({ machine, hart }: Board): SliceEnd {
  for (let slices = 0; slices < 1000 && machine.powerOffStatus === undefined; slices++) {
    const end = machine.runSlice(hart, 10_000);
    if (end !== SliceEnd.BUDGET) return end;
    machine.poll();
  }
  return SliceEnd.BUDGET;
}

const x = (hart: Hart, number: number): number => hart.state.number(HART.X + 8 * number);
const pc = (hart: Hart): number => hart.state.number(HART.PC);
const S0 = 8;
const A0 = 10;

function point(kind: PointKind, address: number, bytes = 0): DebugPoint {
  return { kind, low: address, high: 0, bytes };
}

function at({ symbols }: Board, name: string): number {
  const address = symbols.get(name);
  if (address === undefined) throw new Error(`no symbol ${name}`);
  return address;
}

describe.skipIf(!hasInterpreter()).each([
  ['interpreted', { mode: 'interpret' } as Translation],
  ['translated', SYNCHRONOUS],
])('points of a debugger, %s', (_name, translation) => {
  it('stops before a marked instruction each time, with exact state, also once its loop is a region', () => {
    const board = boot(translation);
    const { machine, hart } = board;
    for (let slice = 0; slice < 20; slice++) machine.runSlice(hart, 10_000);
    const before = x(hart, S0);
    expect(before).toBeGreaterThan(30_000);
    machine.setDebugPoints([point(POINT.CODE, at(board, 'bump'))]);
    for (let hit = 1; hit <= 3; hit++) {
      expect(run(board)).toBe(SliceEnd.STOPPED);
      expect(hart.state.word(HART.CAUSE)).toBe(DEBUG_CAUSE + POINT.CODE);
      expect(pc(hart)).toBe(at(board, 'bump'));
      const retired = machine.retired();
      expect(machine.runSlice(hart, 100)).toBe(SliceEnd.STOPPED);
      expect(machine.retired()).toBe(retired);
      expect(machine.step(hart)).toBe(SliceEnd.BUDGET);
      expect(machine.retired()).toBe(retired + 1);
    }
    expect(x(hart, S0) - before).toBeLessThanOrEqual(4);
    machine.setDebugPoints([]);
    run(board);
    expect(x(hart, A0)).toBe(ROUNDS + 5);
  });

  it('stops before a watched store, load or AMO, and nowhere else in the page', () => {
    const board = boot(translation);
    const { machine, hart, symbols } = board;
    const count = at(board, 'count');
    for (let slice = 0; slice < 20; slice++) machine.runSlice(hart, 10_000);
    machine.setDebugPoints([point(POINT.STORE, count + 4, 4)]);
    expect(run(board)).toBe(SliceEnd.STOPPED);
    expect(hart.state.word(HART.CAUSE)).toBe(DEBUG_CAUSE + POINT.STORE);
    expect(hart.state.number(HART.TVAL)).toBe(count + 4);
    expect(machine.memory.u32[(count - RAM) >>> 2]).toBe(x(hart, S0) - 1);
    machine.setDebugPoints([point(POINT.LOAD, count, 8)]);
    expect(run(board)).toBe(SliceEnd.STOPPED);
    expect(pc(hart)).toBe(symbols.get('amo'));
    expect(machine.step(hart)).toBe(SliceEnd.STOPPED);
    machine.step(hart, true);
    expect(machine.memory.u32[(count - RAM) >>> 2]).toBe(ROUNDS + 5);
    machine.setDebugPoints([point(POINT.ACCESS, count - 8, 8), point(POINT.ACCESS, count + 8, 8)]);
    run(board);
    expect(machine.powerOffStatus).toBe(0);
  });

  it('steps one instruction at a time', () => {
    const board = boot(translation);
    const { machine, hart } = board;
    for (let slice = 0; slice < 20; slice++) machine.runSlice(hart, 10_000);
    for (let k = 0; k < 200; k++) {
      const retired = machine.retired();
      machine.step(hart);
      expect(machine.retired()).toBe(retired + 1);
    }
    run(board);
    expect(x(hart, A0)).toBe(ROUNDS + 5);
  });
});
