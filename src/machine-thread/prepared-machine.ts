/** A machine that is made, with nothing in it yet: a kernel boots on it, or a saved one is put into it. */
import { FaultPlan } from '../kernel/faults/fault-plan.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { CountedMemory } from '../machine/memory.ts';
import type { MachineOptions } from '../protocol.ts';
import { type Board, createBoard } from './board.ts';
import { bootArguments } from './boot-state.ts';
import type { Host } from './host.ts';
import type { HostPort } from './host-port.ts';
import { Repetition } from './repeat/repetition.ts';
import type { Turns } from './turns.ts';
import type { Watch } from './watch.ts';

/** Power-off of a machine whose disk has lost its power: EX_OSERR. */
const STATUS_POWER_LOST = 71;

export class PreparedMachine {
  readonly port: HostPort;
  readonly options: MachineOptions;
  readonly board: Board;
  readonly repetition: Repetition;
  readonly faults: FaultPlan | undefined;
  /** What the machine asks while it runs; they are there before it does. */
  host: Host | undefined;
  kernel: Kernel | undefined;
  watch: Watch | undefined;
  private readonly given: string;

  /**
   * `turns`: of a machine that shares its thread. `isAwaited`: somebody waits for it. Throws IsaError, RunLogError, and node's errors for files that cannot be
   * opened.
   */
  constructor(given: MachineOptions, port: HostPort, turns?: Turns, isAwaited = true) {
    this.port = port;
    this.options = given;
    this.given = textOf(given);
    this.repetition = new Repetition(given, {
      port,
      scheduler: () => this.kernel?.scheduler,
      clock: () => this.board.machine.clock,
    });
    const { options } = this.repetition;
    this.faults = options.faults && new FaultPlan(options.faults.rules, options.faults.seed);
    this.board = createBoard(options, port, bootArguments(options), {
      repetition: this.repetition,
      pump: () => this.host?.pump() ?? false,
      explorer: () => this.watch?.explorer,
      faults: this.faults,
      turns,
      counted: countedOf(turns, isAwaited),
      powerLost: () => {
        if (this.kernel) this.kernel.poweredOff = { kind: 'off', status: STATUS_POWER_LOST };
      },
    });
  }

  /** Whether it is what the constructor would make of these options. */
  isOf(given: MachineOptions): boolean {
    return textOf(given) === this.given;
  }
}

function countedOf(turns: Turns | undefined, isAwaited: boolean): CountedMemory {
  if (turns === undefined) return 'least';
  return isAwaited ? 'booted' : 'all';
}

/** Of what the machine is made from: what it begins with comes later, and its lines to the main thread are no part of it. */
function textOf(given: MachineOptions): string {
  const { restore, doorbell, volumeChannel, ...made } = given;
  return JSON.stringify(made);
}
