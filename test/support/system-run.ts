/** A deterministic Hartix in the test's own thread, which can be stopped at an instruction, saved, and restored into another. */
import { resolve } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { bootKernel } from '../../src/kernel/boot.ts';
import { Kernel } from '../../src/kernel/kernel.ts';
import { HART, TOTAL } from '../../src/machine/hart-layout.ts';
import { SLOT } from '../../src/machine/hart-state.ts';
import { encodeFile } from '../../src/machine/host/snapshot-file.ts';
import { type Board, createBoard, mountTag } from '../../src/machine-thread/board.ts';
import { HostPort } from '../../src/machine-thread/host-port.ts';
import type { ProgramState } from '../../src/machine-thread/program.ts';
import { Programs } from '../../src/machine-thread/programs.ts';
import { Repetition } from '../../src/machine-thread/repeat/repetition.ts';
import { readSystem, type SystemState, saveSystem } from '../../src/machine-thread/snapshot.ts';
import { SyscallHooks } from '../../src/machine-thread/syscall-hooks.ts';
import type { Event, MachineOptions, SnapshotSource } from '../../src/protocol.ts';

const DIST = resolve(import.meta.dirname, '../../dist');
const ROOT_ARGUMENTS = 'console=hvc0 root=/dev/vda';
const PROGRAM = 1;

function optionsOf(folder: string, restore: SnapshotSource | undefined): MachineOptions {
  return {
    kind: 'hartix',
    memoryBytes: 32 * 2 ** 20,
    harts: 1,
    rootImage: resolve(DIST, 'rootfs.img'),
    toolsImage: undefined,
    mounts: [{ hostPath: folder, guestPath: '/m', isReadOnly: true }],
    disks: [],
    hasConsole: false,
    windowSize: { rows: 24, columns: 80 },
    environment: {},
    deterministicSeed: 7,
    isTranslating: false,
    cache: undefined,
    codeBudgetBytes: undefined,
    isa: undefined,
    trace: [],
    isMeasured: false,
    isProfiled: false,
    isDebugged: false,
    commandLine: '',
    epochNs: undefined,
    isPaced: false,
    recordFile: undefined,
    replayFile: undefined,
    seek: undefined,
    rewind: undefined,
    faults: undefined,
    schedule: undefined,
    limits: { tasks: undefined, diskBytes: undefined, inodes: undefined, instructions: undefined },
    restore,
    doorbell: new Int32Array(new SharedArrayBuffer(16)),
    volumeChannel: undefined,
    interpreterFile: resolve(DIST, 'interpreter.wasm'),
    vectorFile: resolve(DIST, 'vector.wasm'),
    translatorFile: resolve(DIST, 'translator-thread.js'),
    hartFile: resolve(DIST, 'hart-thread.js'),
  };
}

function stateOf(kernel: Kernel, programs: readonly ProgramState[]): SystemState {
  const commands = { listener: undefined, sockets: [] };
  return { kernel, programs, commands, hash: undefined, gate: undefined };
}

export class SystemRun {
  /** Of the program, in all of its life. */
  output = '';
  /** A wait status word. */
  status: number | undefined;
  readonly kernel: Kernel;
  private readonly options: MachineOptions;
  private readonly board: Board;
  private readonly programs: Programs;

  /** `folder` of the host is mounted at /m. */
  constructor(folder: string, restore?: SnapshotSource) {
    const given = optionsOf(folder, restore);
    const post = (event: Event): void => this.receive(event);
    const port = new HostPort({ postMessage: post } as MessagePort, given.doorbell);
    const restored = restore && readSystem(restore, given);
    this.options = restored?.options ?? given;
    this.board = createBoard(this.options, port, ROOT_ARGUMENTS, {
      // Requests as they come: none do.
      repetition: new Repetition(
        { ...this.options, deterministicSeed: undefined },
        {
          port,
          scheduler: () => undefined,
          clock: () => undefined,
        },
      ),
      pump: () => false,
      faults: undefined,
      turns: undefined,
      counted: 'booted',
      powerLost: () => undefined,
      explorer: () => undefined,
    });
    const state = restored?.into(this.board, port, false) ?? this.boot();
    this.kernel = state.kernel;
    this.programs = new Programs({
      kernel: this.kernel,
      port,
      environment: {},
      observers: [],
      hooks: new SyscallHooks(port),
      flow: undefined,
      witness: undefined,
    });
    for (const program of state.programs) this.programs.adopt(program);
  }

  /** Instructions so far. */
  get retired(): number {
    return this.board.machine.retired();
  }

  spawn(argv: string[]): void {
    const request = {
      environment: {},
      directory: '',
      user: 'root',
      terminal: undefined,
      hooks: [],
    };
    this.programs.spawn({ type: 'spawn', id: PROGRAM, argv, ...request });
  }

  /** To the end of the program, or to the first event after `limit` instructions. */
  run(limit = Number.POSITIVE_INFINITY): void {
    const { kernel } = this;
    kernel.run(() => {
      this.programs.pump();
      if (this.status !== undefined || this.retired >= limit)
        kernel.poweredOff = { kind: 'off', status: 0 };
    }, true);
    kernel.poweredOff = undefined;
  }

  /** As save, of what the guest can see: not how often an address was not in the TLB, which is empty after a restore. */
  picture(): Uint8Array {
    for (const { state } of this.board.machine.harts) {
      for (const total of [TOTAL.DTLB_READ_MISSES, TOTAL.DTLB_WRITE_MISSES, TOTAL.ITLB_MISSES])
        state.set(SLOT.totals + total, 0, 0);
      state.setWord(HART.WALKS, 0);
    }
    return this.save();
  }

  save(): Uint8Array {
    const state = stateOf(this.kernel, this.programs.states);
    return encodeFile(saveSystem(this.board, this.options, state));
  }

  close(): void {
    this.board.close();
  }

  private boot(): SystemState {
    const kernel = new Kernel(this.board.platform, { seed: new Uint8Array(32) });
    bootKernel(kernel, {
      hostMounts: [{ tag: mountTag(0), path: '/m', isReadOnly: true }],
      toolsDisk: undefined,
      init: ['/bin/init', '--no-console'],
      environment: [],
    });
    return stateOf(kernel, []);
  }

  private receive(event: Event): void {
    if (event.type === 'output') this.output += Buffer.from(event.bytes).toString();
    if (event.type === 'exit') this.status = event.status;
  }
}
