/** Runs that can be repeated: the trace hash, and the log of inputs that is written or read. */
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { ByteSource } from '../../machine/device.ts';
import type { Machine } from '../../machine/machine.ts';
import type { NetworkPort } from '../../machine/network/port.ts';
import {
  endLine,
  headerLine,
  type InputLog,
  InputLogError,
  inputLine,
  type Position,
  parseInputLog,
} from '../../machine/replay/input-log.ts';
import { type Doors, RecordingDoors, ReplayingDoors } from '../../machine/replay/inputs.ts';
import { TraceHash } from '../../machine/trace-hash.ts';
import type { ForeignOptions } from '../../protocol.ts';
import { decodeHostInput, encodeHostInput, HOST_DOOR, type HostInput } from './host-input.ts';

/** What must be the same for a run to be the same. */
function machineText(options: ForeignOptions): string {
  const { memoryBytes, harts, pageTableLevels, isa, commandLine, network, peripherals } = options;
  const disks = options.disks.map(({ path, isReadOnly }) => {
    const { size, mtimeMs } = statSync(path);
    return { size, mtimeMs, isReadOnly };
  });
  const hasNetwork = network !== undefined;
  return JSON.stringify({
    memoryBytes,
    harts,
    pageTableLevels,
    isa,
    commandLine,
    hasNetwork,
    peripherals,
    disks,
  });
}

function readLog(path: string): InputLog {
  try {
    return parseInputLog(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof InputLogError) throw cause;
    throw new InputLogError(`cannot read '${path}'`, { cause });
  }
}

export class Repetition {
  readonly hash = new TraceHash();
  private readonly recordFile: string | undefined;
  private readonly log: InputLog | undefined;
  private readonly doors: Doors | undefined;
  private machine: Machine | undefined;
  /** Instructions before the last power-on. */
  private earlier = 0;

  /** `options` with the seed of the log that is replayed. Throws InputLogError, and node's errors. */
  static optionsFor(options: ForeignOptions): ForeignOptions {
    if (options.replayFile === undefined) return options;
    return { ...options, deterministicSeed: readLog(options.replayFile).header.seed };
  }

  /** Throws InputLogError, and node's errors for a log that cannot be read or written. */
  constructor(options: ForeignOptions) {
    const { recordFile, replayFile, deterministicSeed: seed = 0 } = options;
    const position = () => this.position();
    this.recordFile = recordFile;
    if (recordFile !== undefined) {
      writeFileSync(recordFile, headerLine({ seed, machine: machineText(options) }));
      this.doors = new RecordingDoors(position, (input) =>
        appendFileSync(recordFile, inputLine(input)),
      );
    } else if (replayFile !== undefined) {
      this.log = readLog(replayFile);
      const machine = machineText(options);
      if (this.log.header.machine !== machine) {
        throw new InputLogError(
          `the recorded machine was another one: ${this.log.header.machine}, this is ${machine}`,
        );
      }
      this.doors = new ReplayingDoors(position, this.log.inputs);
    }
  }

  /** Inputs are counted by what this machine has done. */
  attach(machine: Machine): void {
    this.machine = machine;
  }

  /** The machine is about to be reset: its counters begin again. */
  poweringOn(): void {
    this.earlier += this.machine?.retired() ?? 0;
  }

  /** The user's program does something, between slices. False where a log says what it does. */
  accepts(input: HostInput): boolean {
    if (this.doors instanceof ReplayingDoors) return false;
    if (this.doors instanceof RecordingDoors) this.doors.note(HOST_DOOR, encodeHostInput(input));
    return true;
  }

  /** What it did here when the run was recorded. Throws InputLogError. */
  *recordedInputs(): Generator<HostInput> {
    if (!(this.doors instanceof ReplayingDoors)) return;
    for (let bytes = this.doors.take(HOST_DOOR); bytes; bytes = this.doors.take(HOST_DOOR))
      yield decodeHostInput(bytes);
  }

  stream(door: string, source: ByteSource): ByteSource {
    return this.doors?.stream(door, source) ?? source;
  }

  network(port: NetworkPort): NetworkPort {
    const receive = this.doors?.frames('network', () => port.receive());
    if (!receive) return port;
    return {
      send: (frame) => port.send(frame),
      receive,
      save: () => port.save?.() ?? {},
      restore: (state) => port.restore?.(state),
    };
  }

  /** Between slices: why a replay is no replay any more. */
  get difference(): string | undefined {
    return this.doors instanceof ReplayingDoors ? this.doors.difference : undefined;
  }

  /** The machine is off. Returns what is wrong with the replay. */
  end(): string | undefined {
    const { digest } = this.hash;
    if (this.recordFile !== undefined) appendFileSync(this.recordFile, endLine(digest));
    if (!(this.doors instanceof ReplayingDoors) || !this.log) return undefined;
    if (this.difference !== undefined) return this.difference;
    if (this.doors.left > 0) return `${this.doors.left} recorded inputs were not taken`;
    if (this.log.hash === undefined || this.log.hash === digest) return undefined;
    return `the trace hash is ${digest}, the recorded one ${this.log.hash}`;
  }

  private position(): Position {
    const { machine } = this;
    return machine
      ? { retired: this.earlier + machine.retired(), ticks: machine.clock.now() }
      : { retired: 0, ticks: 0 };
  }
}
