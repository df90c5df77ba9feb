/** Runs a foreign kernel from power-on to the end, and serves the host's requests between its slices. */
import {
  DOORBELL,
  type ForeignOptions,
  type ForeignRequest,
  type RepetitionResult,
} from '../../protocol.ts';
import { DeviceBay } from '../device-bay.ts';
import type { HostPort } from '../host-port.ts';
import { createForeignBoard, type ForeignBoard } from './board.ts';
import { ForeignDebugger } from './debug.ts';
import type { HostInput } from './host-input.ts';
import { Repetition } from './repeat.ts';
import { type Restored, readForeign, saveForeign } from './snapshot.ts';
import { Trace } from './trace.ts';
import { HartTurns } from './turns.ts';

/** Of a machine that is not the one that was recorded. */
const STATUS_DIFFERENT = 1;

class ForeignHost {
  private readonly options: ForeignOptions;
  private readonly port: HostPort<ForeignRequest>;
  private readonly board: ForeignBoard;
  private readonly turns: HartTurns;
  private readonly debug: ForeignDebugger | undefined;
  private readonly repetition: Repetition;
  private readonly trace: Trace | undefined;
  private readonly devices: DeviceBay;
  /** What the machine begins with, if that is not power-on. */
  private readonly restored: Restored | undefined;

  constructor(given: ForeignOptions, port: HostPort<ForeignRequest>) {
    this.restored =
      given.restoreFile === undefined ? undefined : readForeign(given.restoreFile, given);
    const options = Repetition.optionsFor(this.restored?.options ?? given);
    this.options = options;
    this.port = port;
    this.repetition = new Repetition(options);
    this.trace = options.trace.length > 0 ? new Trace(options) : undefined;
    this.board = createForeignBoard(options, port, this.repetition, this.restored?.isBuiltIn);
    const { deterministicSeed } = options;
    const { hotPlug, clock } = this.board.machine;
    this.devices = new DeviceBay({ hotPlug, clock, port, deterministicSeed });
    this.restored?.into(this.board, this.repetition.hash);
    this.turns = new HartTurns({
      machine: this.board.machine,
      doorbell: port.doorbell,
      serveHost: () => this.serve(),
      mayRun: (hart) => this.debug?.mayRun(hart) ?? true,
      onStopped: (hart) => this.debug?.sliceStopped(hart),
    });
    if (options.isDebugged) {
      const reset = () => {
        if (this.board.canPowerOn) this.board.powerOn();
      };
      this.debug = new ForeignDebugger(this.board.machine, reset, (event) => port.post(event));
    }
  }

  /** Returns the status of the power-off. */
  run(): number {
    const { machine, console } = this.board;
    let { restored } = this;
    for (;;) {
      if (!restored) this.board.powerOn();
      this.turns.run(() => false, restored?.waiting);
      restored = undefined;
      console.flush();
      // The thread may be ended as soon as the end was posted.
      this.trace?.flush();
      const canReboot = this.options.canReboot && this.board.canPowerOn;
      if (machine.powerOffStatus !== undefined || !canReboot) {
        const status = machine.powerOffStatus ?? 0;
        this.debug?.poweredOff(status);
        return status;
      }
    }
  }

  /** At the end, of a machine whose runs can be repeated. */
  repeated(): { repetition?: RepetitionResult } {
    if (this.options.deterministicSeed === undefined) return {};
    const difference = this.repetition.end();
    return { repetition: { traceHash: this.repetition.hash.digest, difference } };
  }

  close(): void {
    this.trace?.close();
    this.board.close();
  }

  /** Between slices; does not return while the main thread is behind with the console's output, or a debugger looks. */
  private serve(): void {
    const { console } = this.board;
    console.flush();
    this.trace?.flush();
    for (;;) {
      const rings = Atomics.load(this.port.doorbell, DOORBELL.REQUESTS);
      if (this.port.poll()) {
        for (let request = this.port.take(); request; request = this.port.take())
          this.handle(request);
      }
      for (const input of this.repetition.recordedInputs()) this.apply(input);
      if (this.repetition.difference !== undefined) this.board.machine.powerOff(STATUS_DIFFERENT);
      if (!console.isBlocked && !this.isHeld()) return;
      Atomics.wait(this.port.doorbell, DOORBELL.REQUESTS, rings);
    }
  }

  private isHeld(): boolean {
    const { powerOffStatus, wantsReboot } = this.board.machine;
    return this.debug?.isStopped === true && powerOffStatus === undefined && !wantsReboot;
  }

  private handle(request: ForeignRequest): void {
    const { machine, console } = this.board;
    switch (request.type) {
      case 'consoleInput':
        console.type(request.bytes);
        break;
      case 'consoleResize':
        this.take(request);
        break;
      case 'consoleConsumed':
        console.consumed(request.bytes);
        break;
      case 'statistics':
        this.port.post({ type: 'reply', id: request.id, value: this.statistics() });
        break;
      case 'save':
        this.save(request.id, request.path);
        break;
      case 'gdbConnected':
      case 'gdbInput':
      case 'gdbDisconnected':
        this.debug?.client.handle(request);
        break;
      case 'balloon':
      case 'key':
      case 'pointer':
      case 'button':
        this.take(request);
        break;
      case 'deviceAdd':
      case 'deviceRemove':
        if (this.options.recordFile !== undefined || this.options.replayFile !== undefined)
          this.refuse(request.id, 'devices: what is added and removed is not recorded');
        else this.devices.handle(request);
        break;
      case 'deviceList':
        this.devices.handle(request);
        break;
      case 'reset':
        machine.reboot();
        break;
      case 'powerOff':
        machine.powerOff(0);
        break;
    }
  }

  private take(input: HostInput): void {
    if (this.repetition.accepts(input)) this.apply(input);
  }

  private apply(input: HostInput): void {
    const { terminal, peripherals } = this.board;
    if (input.type === 'consoleResize') terminal.resize(input.size.columns, input.size.rows);
    else peripherals.handle(input);
  }

  private refuse(id: number, message: string): void {
    this.port.post({ type: 'failure', id, errno: 0, code: 'ERR_HARTIX_OPTION', message });
  }

  private save(id: number, path: string): void {
    try {
      if (this.devices.hasChanged) throw new Error('devices were added or removed since power-on');
      const value = saveForeign(path, this.options, this.board, {
        waiting: this.turns.waiting,
        hash: this.repetition.hash.digest,
      });
      this.port.post({ type: 'reply', id, value });
    } catch (error) {
      this.refuse(id, `snapshot: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  statistics(): Record<string, number> {
    const { machine } = this.board;
    return {
      instructions: machine.retired(),
      ...machine.engine.statistics(),
      ...this.turns.statistics(),
      ...this.board.peripherals.statistics(),
      pageWalks: machine.pageWalks,
      mmioAccesses: machine.calls.mmioAccesses,
    };
  }
}

/** Returns when the machine is off; the outcome was posted. */
export function runForeign(options: ForeignOptions, port: HostPort<ForeignRequest>): void {
  let host: ForeignHost;
  try {
    host = new ForeignHost(options, port);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    port.post({ type: 'bootFailure', message });
    return;
  }
  port.post({ type: 'booted' });
  try {
    const status = host.run();
    port.post({ type: 'halted', status, counters: host.statistics(), ...host.repeated() });
  } finally {
    host.close();
  }
}
