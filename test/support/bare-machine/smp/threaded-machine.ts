/** Runs the programs of harts.c on a machine with a thread per hart. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEngine } from '../../../../src/jit/engine.ts';
import { SliceEnd } from '../../../../src/machine/hart-runner.ts';
import { Machine } from '../../../../src/machine/machine.ts';
import { HartWorkers } from '../../../../src/machine-thread/hart-workers.ts';
import { TranslatorClient } from '../../../../src/machine-thread/translator-client.ts';
import { compile, loadElf } from '../bare-machine.ts';
import { TestFirmware } from './test-firmware.ts';

const ROOT = new URL('../../../../', import.meta.url).pathname;
const RAM = 0x8000_0000;
const MIB = 1024 * 1024;
const SLICE = 100_000;
const LONGEST_SLEEP_MS = 100;
const TICKS_PER_MS = 10_000;
/** Executions of a block until it is translated. */
const HEAT = 30;

/** The programs of harts.c, in its order. */
export const PROGRAMS = [
  'amo',
  'lrsc',
  'spinlock',
  'litmus',
  'ipi',
  'timer',
  'fencedCode',
  'remoteCode',
  'mmio',
  'tearing',
  'shootdown',
  'fabricIpi',
  'failure',
  'trackedCode',
  'vanishing',
] as const;
export type Program = (typeof PROGRAMS)[number];

export interface Run {
  readonly harts: number;
  /** Those to run, one after the other. */
  readonly rounds: Partial<Record<Program, number>>;
  readonly seed: number;
  readonly isTranslating?: boolean;
  readonly tracksCode?: boolean;
  /** The harts take turns in one thread: no workers. */
  readonly takesTurns?: boolean;
  readonly limitMs?: number;
}

export interface Outcome {
  /** 0, or 10 times the program's number plus that of its check. */
  readonly status: number;
  readonly output: string;
  readonly statistics: Record<string, number>;
  readonly milliseconds: number;
}

/** The programs as an ELF file. */
export function compileHarts(): Uint8Array {
  return compile(['smp/start.S', 'smp/harts.c'], RAM);
}

/** Throws when the program does not end in time, or the thread of a hart fails. */
export function runHarts(elf: Uint8Array, run: Run): Outcome {
  const interpreter = new WebAssembly.Module(
    new Uint8Array(readFileSync(join(ROOT, 'build/interpreter.wasm'))),
  );
  const doorbell = new Int32Array(new SharedArrayBuffer(16));
  const translator = run.isTranslating
    ? new TranslatorClient(
        { file: join(ROOT, 'src/translator-thread.ts'), cache: undefined },
        doorbell,
      )
    : undefined;
  const hartThread = new URL('hart-thread.ts', import.meta.url).pathname;
  const workers = new HartWorkers({
    file: hartThread,
    interpreter,
    vector: {},
    hasFirmware: false,
    translator,
  });
  const output: number[] = [];
  const machine = new Machine({
    ramBytes: 64 * MIB,
    harts: run.harts,
    tracksCode: run.tracksCode ?? false,
    isDeterministic: false,
    wallClockNs: () => 0,
    uartSource: { read: () => 0 },
    uartSink: {
      write: (bytes) => {
        output.push(...bytes);
        return bytes.length;
      },
    },
    virtio: [],
    bootArguments: '',
    observers: (machine) => [new TestFirmware(machine.fabric)],
    createEngine: (memory, calls, isa, share) =>
      createEngine({
        memory,
        calls,
        isa,
        interpreter,
        heatThreshold: HEAT,
        ...share,
        translation: translator ? { mode: 'background', port: translator } : { mode: 'interpret' },
      }),
    ...(run.takesTurns ? {} : { threads: workers.threads(doorbell) }),
  });
  loadElf(machine.memory, elf);
  const rounds = PROGRAMS.map((name) => run.rounds[name] ?? 0);
  const parameters = new BigUint64Array([run.harts, run.seed, ...rounds].map(BigInt));
  machine.memory.dmaWrite(RAM + 256, parameters.byteLength)?.set(new Uint8Array(parameters.buffer));
  try {
    const start = performance.now();
    execute(machine, doorbell, start + (run.limitMs ?? 60_000));
    const milliseconds = performance.now() - start;
    const statistics = machine.engine.statistics();
    const text = String.fromCharCode(...output);
    return { status: machine.powerOffStatus ?? -1, output: text, statistics, milliseconds };
  } finally {
    machine.close();
    workers.close();
  }
}

/** Until power-off; the machine's own harts take turns, and the thread sleeps while all of them wait. */
function execute(machine: Machine, doorbell: Int32Array, limit: number): void {
  while (machine.powerOffStatus === undefined) {
    if (performance.now() > limit) throw new Error('the program does not end');
    const rings = Atomics.load(doorbell, 0);
    machine.poll();
    let isIdle = true;
    let deadline = Infinity;
    for (const hart of machine.localHarts) {
      if (machine.runSlice(hart, SLICE) !== SliceEnd.WAITING) isIdle = false;
    }
    for (const hart of machine.localHarts) {
      if (hart.hasWakeup()) isIdle = false;
      deadline = Math.min(deadline, machine.nextDeadline(hart));
    }
    const sleepMs = (deadline - machine.clock.now()) / TICKS_PER_MS;
    if (isIdle && sleepMs > 0)
      Atomics.wait(doorbell, 0, rings, Math.min(sleepMs, LONGEST_SLEEP_MS));
  }
}
