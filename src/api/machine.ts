/** openMachine(): the machine without Hartix's kernel, for firmware, kernels and bare programs of others. */
import { resolve } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import type { Counters, PeripheralName, PeripheralRequest, WindowSize } from '../protocol.ts';
import { checkArgument, SIZE } from './argument-checks.ts';
import { Connection } from './connection.ts';
import { Devices } from './devices.ts';
import { OptionError } from './errors.ts';
import { type GdbServer, listenForGdb } from './gdb-server.ts';
import { type MachineOptions, resolveMachineOptions } from './machine-options.ts';
import { OutputStream } from './output-stream.ts';
import { OutputWatcher, type WaitOptions } from './output-watcher.ts';

/** A running machine. Close it, or use `await using`. */
export class Machine {
  /**
   * What the guest prints, on the UART or the virtio console. The machine stands still while a megabyte of it has not been read.
   */
  readonly output: Readable;
  /** What is typed at the console. */
  readonly input: Writable;
  /** Devices that come and go while it runs. */
  readonly devices: Devices;
  private readonly connection: Connection;
  private readonly watcher: OutputWatcher;
  private readonly gdb: GdbServer | undefined;
  private readonly peripherals: readonly PeripheralName[];
  private powerOffStatus: number | undefined;

  constructor(
    connection: Connection,
    gdb: GdbServer | undefined,
    peripherals: readonly PeripheralName[],
  ) {
    this.peripherals = peripherals;
    this.connection = connection;
    this.devices = new Devices(connection);
    this.gdb = gdb;
    const output = new OutputStream(
      (bytes) => connection.post({ type: 'consoleConsumed', bytes }),
      () => undefined,
    );
    this.output = output;
    this.watcher = new OutputWatcher(output, 'the machine');
    this.input = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        this.write(chunk);
        done();
      },
    });
    connection.listenConsole((bytes) => output.receive(bytes));
    const end = () => {
      gdb?.close();
      output.finish();
    };
    connection.halted.then((status) => {
      this.powerOffStatus = status;
      end();
    }, end);
  }

  /** Resolves with the status of the power-off: 0, or what the guest reports as a failure. Rejects when it ends otherwise. */
  get halted(): Promise<number> {
    return this.connection.halted;
  }

  /** That status once the machine is off. */
  get status(): number | undefined {
    return this.powerOffStatus;
  }

  /** That a gdb may connect to: `target remote localhost:PORT`. */
  get gdbPort(): number | undefined {
    return this.gdb?.port;
  }

  /** A number that stands for the run of a deterministic machine, once it is off: the same run has the same. */
  get traceHash(): string | undefined {
    return this.connection.repetition?.traceHash;
  }

  /** Why a replay was not the run that was recorded, once the machine is off; undefined where it was. */
  get difference(): string | undefined {
    return this.connection.repetition?.difference;
  }

  /** Type at the console. */
  write(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
    this.connection.post({ type: 'consoleInput', bytes });
  }

  /**
   * Wait until the output, from where the last waitFor ended, matches. Returns the match. Takes over reading `output`. Throws
   * WaitError on timeout, and when the machine ends without a match.
   */
  waitFor(pattern: RegExp | string, options: WaitOptions = {}): Promise<RegExpExecArray> {
    return this.watcher.waitFor(pattern, options);
  }

  /**
   * Ask the guest to give away this much of its memory in all, rounded up to pages of 4 KiB. How far it is: `balloonPages` of
   * statistics(). Throws OptionError where the machine has no balloon; so do the following without their devices.
   */
  setBalloon(bytes: number): void {
    this.tell('balloon', { type: 'balloon', bytes });
  }

  /** A key of the keyboard goes down or up: Linux's code, such as 30 for KEY_A. */
  key(code: number, isDown: boolean): void {
    this.tell('keyboard', { type: 'key', code, isDown });
  }

  /** Move the tablet's pointer: 0 to 1 from the left and upper edge. */
  pointer(x: number, y: number): void {
    this.tell('tablet', { type: 'pointer', x, y });
  }

  button(button: 'LEFT' | 'RIGHT' | 'MIDDLE', isDown: boolean): void {
    this.tell('tablet', { type: 'button', button, isDown });
  }

  private tell(device: PeripheralName, request: PeripheralRequest): void {
    if (!this.peripherals.includes(device)) {
      throw new OptionError(`the machine has no ${device}: name it in devices`);
    }
    this.connection.post(request);
  }

  /** New size of the virtio console. */
  resize(size: WindowSize): void {
    checkArgument('resize', 'size', size, SIZE);
    this.connection.post({ type: 'consoleResize', size });
  }

  /** Counters of the run, by name; once the machine is off, those at its end. Throws ClosedError after close(). */
  async statistics(): Promise<Counters> {
    const { lastCounters } = this.connection;
    if (lastCounters) return lastCounters;
    const { reply } = this.connection.request(
      (id) => ({ type: 'statistics', id }),
      'statistics',
      '',
    );
    return (await reply) as Counters;
  }

  /** Save the machine to a file, between two instructions; it goes on. Resolves with the length of the file in bytes. */
  async snapshot(file: string): Promise<number> {
    const path = resolve(file);
    const { reply } = this.connection.request(
      (id) => ({ type: 'save', id, path }),
      'snapshot',
      path,
    );
    return (await reply) as number;
  }

  /** To the state at power-on, without asking the guest. */
  reset(): void {
    this.connection.post({ type: 'reset' });
  }

  /** Cut the supply, without asking the guest; resolves when everything it printed has been handed over. */
  async powerOff(): Promise<void> {
    this.connection.post({ type: 'powerOff' });
    await this.connection.halted;
  }

  /** Stop at once. Nothing of it is left: no thread, no handle. Safe to call twice. */
  async close(): Promise<void> {
    this.gdb?.close();
    await this.connection.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Start a machine. Resolves when the first instruction is about to run. Throws OptionError for a wrong option or file, with one
 * line that says what to do.
 */
export async function openMachine(options: MachineOptions): Promise<Machine> {
  const { machine, volumes, socket } = resolveMachineOptions(options);
  let connection: Connection;
  try {
    connection = new Connection(machine, volumes, socket?.bell);
  } catch (error) {
    socket?.release();
    throw error;
  }
  void connection.gone.then(() => socket?.release());
  try {
    await connection.booted;
    const gdb = await listenForGdb(connection, options.gdb);
    return new Machine(connection, gdb, options.devices ?? []);
  } catch (error) {
    await connection.terminate();
    throw error;
  }
}
