/** For tests: a machine that a debugger's session drives, in this thread; over TCP for a real gdb. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { createEngine, type Translation } from '../../../src/jit/engine.ts';
import { Debugger } from '../../../src/machine/debug/debugger.ts';
import { GdbSession } from '../../../src/machine/debug/session.ts';
import { SliceEnd } from '../../../src/machine/hart-runner.ts';
import { Machine } from '../../../src/machine/machine.ts';
import { loadElf } from '../bare-machine/bare-machine.ts';
import { interpreterModule } from '../engine-backend.ts';

const MIB = 1024 * 1024;
const SLICE = 10_000;

export class DebugBoard {
  readonly machine: Machine;
  readonly debug: Debugger;
  session: GdbSession;
  private send: (bytes: Uint8Array) => void;
  private server: Server | undefined;

  /** `send` gets what the session says. */
  constructor(
    elf: Uint8Array,
    harts: number,
    translation: Translation,
    send: (bytes: Uint8Array) => void,
  ) {
    this.send = send;
    this.machine = new Machine({
      ramBytes: 16 * MIB,
      harts,
      isDeterministic: true,
      wallClockNs: () => 0,
      uartSource: { read: () => 0 },
      uartSink: { write: (bytes) => bytes.length },
      virtio: [],
      bootArguments: '',
      createEngine: (memory, calls) =>
        createEngine({ memory, calls, interpreter: interpreterModule(), translation }),
    });
    loadElf(this.machine.memory, elf);
    const { machine } = this;
    this.debug = new Debugger({
      machine,
      reset: () => machine.reset(),
      onStop: (stop) => this.session.stopped(stop),
    });
    this.session = this.newSession();
  }

  private newSession(): GdbSession {
    return new GdbSession(this.debug, {
      send: (bytes) => this.send(bytes),
      kill: () => this.machine.powerOff(0),
      detached: () => this.debug.detach(),
    });
  }

  /** One slice of each hart that may run. Returns whether the machine stands still or is off. */
  turn(): boolean {
    const { machine, debug } = this;
    for (const hart of machine.harts) {
      if (!debug.mayRun(hart) || machine.powerOffStatus !== undefined) continue;
      const end = machine.runSlice(hart, SLICE);
      if (end === SliceEnd.STOPPED) debug.sliceStopped(hart);
    }
    machine.poll();
    const status = machine.powerOffStatus;
    if (status !== undefined && !debug.stop) debug.ended({ kind: 'exit', status });
    return debug.stop !== undefined || status !== undefined;
  }

  /** Listen on a port of localhost for one gdb, and run until it is gone. Returns the port. */
  async listen(): Promise<{ port: number; ended: Promise<void> }> {
    const server = createServer();
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const ended = new Promise<Socket>((resolve) => server.once('connection', resolve)).then(
      (socket) => this.serve(socket),
    );
    return { port: (server.address() as AddressInfo).port, ended };
  }

  private async serve(socket: Socket): Promise<void> {
    let isOpen = true;
    this.session = this.newSession();
    this.send = (bytes) => socket.write(bytes);
    socket.on('data', (bytes: Uint8Array) => this.session.receive(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      isOpen = false;
    });
    while (isOpen) {
      const isIdle = this.turn();
      await new Promise((resolve) => (isIdle ? setTimeout(resolve, 1) : setImmediate(resolve)));
    }
    this.server?.close();
  }
}
