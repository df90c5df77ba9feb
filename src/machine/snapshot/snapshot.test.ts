/** A machine that is saved at a random instruction and goes on elsewhere ends as if nothing had been. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  assemble,
  hasInterpreter,
  loadElf,
} from '../../../test/support/bare-machine/bare-machine.ts';
import { interpreterModule, SYNCHRONOUS } from '../../../test/support/engine-backend.ts';
import { Random } from '../../../test/support/random.ts';
import { createEngine, type Translation } from '../../jit/engine.ts';
import { VirtualClock } from '../clock.ts';
import { HART } from '../hart-layout.ts';
import { SliceEnd } from '../hart-runner.ts';
import { Machine } from '../machine.ts';
import type { StateValue } from '../state.ts';
import { TraceHash } from '../trace-hash.ts';
import { decodeSnapshot, encodeSnapshot, type SnapshotHost } from './file.ts';
import { extraOf, restoreMachine, saveMachine } from './machine-state.ts';
import { decodeState, encodeState } from './state-codec.ts';

const RAM = 0x8000_0000;
const MIB = 1024 * 1024;
const SLICE = 20_000;
const MAX_SLICES = 10_000;
const SEED = 20_261_121;
const INTERPRET: Translation = { mode: 'interpret' };
const elf = hasInterpreter() ? assemble('busy.S', RAM) : new Uint8Array();

/** Stored, not compressed. */
const plainHost: SnapshotHost = {
  compression: 'deflate',
  compress: (bytes) => bytes,
  expand: (_compression, bytes, length) => new Uint8Array(bytes.subarray(0, length)),
  sha256: (parts) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  },
};

/** One run of the program: a machine with all that is outside of it. */
class Run {
  readonly machine: Machine;
  readonly hash = new TraceHash();
  output = '';
  /** Typed when so many instructions have retired. */
  private typed: number;

  constructor(translation: Translation, typed = 0) {
    this.typed = typed;
    this.machine = new Machine({
      ramBytes: 16 * MIB,
      harts: 1,
      isDeterministic: true,
      wallClockNs: () => 0,
      uartSource: { read: (into) => this.type(into) },
      uartSink: {
        write: (bytes) => {
          this.output += String.fromCharCode(...bytes);
          return bytes.length;
        },
      },
      virtio: [],
      bootArguments: '',
      onTrap: (hart, cause, isInterrupt) => this.hash.trap(hart, cause, isInterrupt),
      createEngine: (memory, calls) =>
        createEngine({ memory, calls, interpreter: interpreterModule(), translation, spread: 0 }),
    });
    loadElf(this.machine.memory, elf);
  }

  private type(into: Uint8Array): number {
    const wanted = Math.floor(this.machine.retired() / 30_000);
    if (this.typed >= wanted || into.length === 0) return 0;
    this.typed++;
    into[0] = 0x30 + (this.typed % 10);
    return 1;
  }

  /** To the end, or until exactly `limit` instructions have retired. */
  run(limit = Infinity): void {
    const { machine } = this;
    const [hart] = machine.harts;
    const { clock } = machine;
    if (!hart || !(clock instanceof VirtualClock)) throw new Error('no hart in virtual time');
    for (let slices = 0; machine.powerOffStatus === undefined; slices++) {
      if (slices > MAX_SLICES) throw new Error('the program does not end');
      const left = limit - machine.retired();
      if (left <= 0) return;
      // Input comes at slice ends, which are multiples of SLICE whatever the limit is.
      const toSlice = SLICE - (machine.retired() % SLICE);
      const toTimer = Math.max(1, clock.instructionsUntil(machine.nextDeadline(hart)));
      if (machine.runSlice(hart, Math.min(left, toSlice, toTimer)) === SliceEnd.WAITING) {
        clock.advanceTo(machine.nextDeadline(hart));
      }
      if (machine.retired() % SLICE === 0) machine.poll();
    }
  }

  save(): Uint8Array {
    const extra = { typed: this.typed, output: this.output, hash: this.hash.digest };
    return Buffer.concat(encodeSnapshot(saveMachine(this.machine, extra), plainHost));
  }

  static restored(file: Uint8Array, translation: Translation): Run {
    const content = decodeSnapshot(file, plainHost);
    const extra = extraOf(content) as { typed: number; output: string; hash: string };
    const run = new Run(translation, extra.typed);
    // What the machine did before it was restored leaves no trace.
    run.run(50_000);
    run.typed = extra.typed;
    run.output = extra.output;
    restoreMachine(run.machine, content);
    run.hash.restore(extra.hash);
    return run;
  }

  /** All that can be compared at the end. */
  result(): Record<string, unknown> {
    const { machine, output, hash } = this;
    const [hart] = machine.harts;
    const registers = hart?.state.words.slice(hart.state.base, hart.state.base + HART.BUDGET / 4);
    return {
      output,
      hash: hash.digest,
      retired: machine.retired(),
      registers,
      time: machine.clock.now(),
      memory: Buffer.from(plainHost.sha256([machine.memory.u8])).toString('hex'),
    };
  }
}

describe.skipIf(!hasInterpreter())('a snapshot', () => {
  const expected = new Run(INTERPRET);
  expected.run();
  const wanted = expected.result();

  it('is of a program that does something', () => {
    expect(expected.output.replace(/[0-9]/g, '').length).toBe(100);
    expect(expected.output.replace(/[a-z]/g, '').length).toBeGreaterThan(10);
  });

  it('in the translator gives the same run', () => {
    const run = new Run(SYNCHRONOUS);
    run.run();
    expect(run.result()).toEqual(wanted);
  });

  it('at random instructions changes nothing, in either tier', () => {
    const random = new Random(SEED);
    for (let round = 0; round < 6; round++) {
      const at = 1 + random.below(expected.machine.retired() - 1);
      const message = `seed ${SEED}, round ${round}, instruction ${at}`;
      const first = new Run(round % 2 === 0 ? SYNCHRONOUS : INTERPRET);
      first.run(at);
      expect(first.machine.retired(), message).toBe(at);
      const second = Run.restored(first.save(), round % 3 === 0 ? SYNCHRONOUS : INTERPRET);
      expect(second.machine.retired(), message).toBe(at);
      second.run();
      expect(second.result(), message).toEqual(wanted);
    }
  });

  it('does not fit another machine', () => {
    const run = new Run(INTERPRET);
    run.run(1000);
    const content = decodeSnapshot(run.save(), plainHost);
    const make = (ramBytes: number, harts: number, isDeterministic: boolean) =>
      new Machine({
        ramBytes,
        harts,
        isDeterministic,
        wallClockNs: () => 0,
        uartSource: { read: () => 0 },
        uartSink: { write: (bytes) => bytes.length },
        virtio: [],
        bootArguments: '',
        createEngine: (memory, calls) =>
          createEngine({ memory, calls, interpreter: interpreterModule(), translation: INTERPRET }),
      });
    const into = (machine: Machine) => () => restoreMachine(machine, content);
    expect(into(make(32 * MIB, 1, true))).toThrow(/ramBytes is not 33554432/);
    expect(into(make(16 * MIB, 2, true))).toThrow('the snapshot has 1 harts, the machine 2');
    expect(into(make(16 * MIB, 1, false))).toThrow(/time is not real/);
    const { harts } = content.state as { harts: { registers: Uint8Array }[] };
    harts[0]?.registers.set([2], HART.PRIVILEGE);
    expect(into(make(16 * MIB, 1, true))).toThrow(/hart 0: its registers are not possible/);
  });
});

describe('a snapshot file', () => {
  const content = { state: { a: 1, b: [true, 'text'] }, blocks: [Uint8Array.of(1, 2, 3)] };
  const file = Buffer.concat(encodeSnapshot(content, plainHost));
  const changed = (at: number, value: number): Uint8Array => {
    const copy = new Uint8Array(file);
    copy[at] = value;
    return copy;
  };

  it('gives back what was put in', () => {
    expect(decodeSnapshot(file, plainHost)).toEqual(content);
  });

  it('is refused when it is cut off, longer, altered, newer or something else', () => {
    for (let length = 0; length < file.length; length++) {
      const wanted = length < 8 ? /no snapshot/ : /cut off/;
      expect(() => decodeSnapshot(file.subarray(0, length), plainHost)).toThrow(wanted);
    }
    expect(() => decodeSnapshot(Buffer.concat([file, file]), plainHost)).toThrow(/was added/);
    for (let at = 56; at < file.length; at++) {
      const altered = changed(at, ((file[at] ?? 0) + 1) & 0xff);
      expect(() => decodeSnapshot(altered, plainHost)).toThrow(/checksum is wrong/);
    }
    expect(() => decodeSnapshot(changed(8, 2), plainHost)).toThrow(/newer Hartix/);
    expect(() => decodeSnapshot(changed(12, 9), plainHost)).toThrow(/unknown compression/);
    expect(() => decodeSnapshot(Buffer.from('#!/bin/sh\n'), plainHost)).toThrow(/no snapshot/);
  });

  it('needs the compression that it was written with', () => {
    const lacking = { ...plainHost, expand: () => undefined };
    expect(() => decodeSnapshot(file, lacking)).toThrow(/compressed with deflate/);
  });
});

describe('saved state as bytes', () => {
  const value: StateValue = {
    numbers: [0, -1, 1.5, 2 ** 53, Infinity],
    flags: [true, false],
    text: 'ümläut',
    bytes: Uint8Array.of(0, 255),
    nested: { empty: [], record: {} },
  };

  it('comes back as it was', () => {
    expect(decodeState(encodeState(value))).toEqual(value);
  });

  it('is refused wherever it is cut', () => {
    const bytes = encodeState(value);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeState(bytes.subarray(0, length))).toThrow(/ends in the middle/);
    expect(() => decodeState(Buffer.concat([bytes, bytes]))).toThrow(/goes on/);
    expect(() => decodeState(Uint8Array.of(99))).toThrow(/unknown kind/);
  });
});
