/** A machine without input and disks for other people's test programs, in each way of executing them. */
import { readFileSync } from 'node:fs';
import { DEFAULT_ISA, type Isa } from '../../../src/isa/extensions.ts';
import { SATP_MODE } from '../../../src/isa/sv39.ts';
import { createEngine, type Translation } from '../../../src/jit/engine.ts';
import { translate } from '../../../src/jit/translate.ts';
import { SliceEnd } from '../../../src/machine/hart-runner.ts';
import { Machine } from '../../../src/machine/machine.ts';
import { vectorModule } from '../vector-backends.ts';
import { loadElf } from './bare-machine.ts';

export const MODES = ['interpret', 'translate'] as const;
export type Mode = (typeof MODES)[number];

const MIB = 1024 * 1024;
const SLICE = 20_000;
/** Low enough that loops of a test are translated, high enough that what runs once is not. */
const HEAT_THRESHOLD = 3;

function translationOf(mode: Mode): Translation {
  if (mode === 'interpret') return { mode };
  return {
    mode: 'synchronous',
    translate: (requests) => {
      const { bytes, covered } = translate(requests);
      const module = bytes && new WebAssembly.Module(new Uint8Array(bytes));
      return { module, byteLength: bytes?.length ?? 0, covered };
    },
  };
}

export class ConformanceMachine {
  readonly machine: Machine;

  constructor(mode: Mode, ramMib = 64, isa: Isa = DEFAULT_ISA) {
    const path = new URL('../../../build/interpreter.wasm', import.meta.url);
    const interpreter = new WebAssembly.Module(new Uint8Array(readFileSync(path)));
    this.machine = new Machine({
      ramBytes: ramMib * MIB,
      harts: 1,
      isa,
      maxSatpMode: SATP_MODE.SV57,
      tracksCode: true,
      isDeterministic: true,
      wallClockNs: () => 0,
      uartSource: { read: () => 0 },
      uartSink: { write: (bytes) => bytes.length },
      virtio: [],
      bootArguments: '',
      createEngine: (memory, calls) =>
        createEngine({
          memory,
          calls,
          isa,
          interpreter,
          ...(isa.has('v') && { vectorModule: vectorModule() }),
          translation: translationOf(mode),
          heatThreshold: HEAT_THRESHOLD,
          spread: 0,
        }),
    });
  }

  /** RAM cleared, the program in it, the hart at the first byte of RAM. */
  load(elf: Uint8Array): void {
    const { machine } = this;
    machine.memory.fill(machine.memory.base, 0, machine.memory.size);
    machine.reset();
    loadElf(machine.memory, elf);
  }

  /** Run until `isDone`, which is asked after each slice; false when `limit` instructions have not been enough. */
  run(limit: number, isDone: () => boolean): boolean {
    const { machine } = this;
    const [hart] = machine.harts;
    if (!hart) throw new Error('no hart');
    for (let left = limit; left > 0; left -= SLICE) {
      if (machine.runSlice(hart, SLICE) === SliceEnd.WAITING)
        machine.clock.advanceTo(Math.min(machine.nextDeadline(hart), machine.clock.now() + SLICE));
      machine.poll();
      if (isDone()) return true;
    }
    return false;
  }

  word(pa: number): number {
    return this.machine.memory.u32[(pa - this.machine.memory.base) >>> 2] as number;
  }

  setWord(pa: number, value: number): void {
    this.machine.memory.u32[(pa - this.machine.memory.base) >>> 2] = value;
  }
}
