/** Commands of the host: functions of JavaScript that the guest's shells and programs run as programs. */
import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type CommandEvent, OUTPUT_CREDIT_BYTES } from '../protocol.ts';
import type { Connection } from './connection.ts';
import { OptionError } from './errors.ts';

/** One run of a command, by a process of the guest. */
export interface HostCall {
  /** argv[0] is the command's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Working directory, a path of the guest. */
  readonly cwd: string;
  /** Of the guest's process; real ids, which the guest cannot forge. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Standard input: asked of the guest only as it is read here. */
  readonly stdin: Readable;
  /** What is written is for the guest's standard output; EPIPE once nobody reads it there. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborts when the guest's process ends first: it was killed, or the machine has ended. */
  readonly signal: AbortSignal;
}

/** Returns the exit status, 0 if undefined. An error is printed on the guest's standard error; the status is then 1. */
export type HostCommand = (call: HostCall) => number | undefined | Promise<number | undefined>;

/** Frames between us and userland/bin/host-command.c: kind, length in four bytes, the bytes. */
const HEADER_BYTES = 5;
const FRAME_BYTES = 64 * 1024;
/** A frame of the guest, and all of its arguments and variables: Linux allows 128 KiB each, a quarter of the stack in all. */
const MAX_FRAME_BYTES = 128 * 1024;
const MAX_START_BYTES = 8 * 1024 * 1024;
const NO_COMMAND = 127;

function frame(kind: string, length: number, body?: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + (body?.length ?? 0));
  bytes[0] = kind.charCodeAt(0);
  new DataView(bytes.buffer).setUint32(1, length, true);
  if (body) bytes.set(body, HEADER_BYTES);
  return bytes;
}

class PipeError extends Error {
  readonly code = 'EPIPE';
}

/** The host's side of one run. */
class Call {
  private readonly arguments: string[] = [];
  private readonly variables: [string, string][] = [];
  private directory = '/';
  private startBytes = 0;
  private pending = new Uint8Array(0);
  private hasStarted = false;
  private awaitsInput = false;
  private isBroken = false;
  private credit = OUTPUT_CREDIT_BYTES;
  /** Writes that wait for credit. */
  private readonly waiting: (() => void)[] = [];
  private readonly abort = new AbortController();
  private readonly stdin: Readable;
  private readonly outputs: readonly [Writable, Writable];
  private readonly send: (bytes: Uint8Array) => void;
  private readonly end: () => void;
  private readonly peer: Pick<HostCall, 'pid' | 'uid' | 'gid'>;
  private readonly find: (name: string) => HostCommand | undefined;

  constructor(
    peer: Pick<HostCall, 'pid' | 'uid' | 'gid'>,
    find: (name: string) => HostCommand | undefined,
    send: (bytes: Uint8Array) => void,
    end: () => void,
  ) {
    this.peer = peer;
    this.find = find;
    this.send = (bytes) => {
      this.credit -= bytes.length;
      send(bytes);
    };
    this.end = end;
    this.stdin = new Readable({
      read: () => {
        this.awaitsInput = true;
        this.send(frame('r', 0));
      },
    });
    this.outputs = [this.output('o'), this.output('e')];
    // A command need not listen: what it writes to a closed pipe is lost, as a program's is that ignores SIGPIPE.
    for (const stream of [this.stdin, ...this.outputs]) stream.on('error', () => undefined);
  }

  private output(kind: string): Writable {
    return new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        for (let at = 0; at < chunk.length; at += FRAME_BYTES) {
          const part = chunk.subarray(at, at + FRAME_BYTES);
          this.send(frame(kind, part.length, part));
        }
        if (this.credit > 0 || this.abort.signal.aborted) done();
        else this.waiting.push(done);
      },
    });
  }

  taken(bytes: number): void {
    this.credit += bytes;
    if (this.credit > 0) for (const done of this.waiting.splice(0)) done();
  }

  /** The guest's process is gone. */
  closed(): void {
    this.abort.abort(new PipeError('the process of the guest has ended'));
    for (const done of this.waiting.splice(0)) done();
    for (const stream of [this.stdin, ...this.outputs])
      stream.destroy(new PipeError('the process of the guest has ended'));
  }

  /** Bytes of the guest, which are not trusted: what breaks the form ends the call. */
  receive(bytes: Uint8Array): void {
    if (this.isBroken) return;
    let all = Buffer.concat([this.pending, bytes]);
    while (all.length >= HEADER_BYTES) {
      const length = all.readUInt32LE(1);
      if (length <= MAX_FRAME_BYTES && all.length < HEADER_BYTES + length) break;
      const body = all.subarray(HEADER_BYTES, HEADER_BYTES + length);
      if (body.length < length || !this.take(String.fromCharCode(all[0] as number), body)) {
        this.isBroken = true;
        this.end();
        return;
      }
      all = all.subarray(HEADER_BYTES + length);
    }
    this.pending = new Uint8Array(all);
  }

  /** False for what does not belong here. */
  private take(kind: string, body: Uint8Array): boolean {
    if (this.hasStarted) return this.takeRunning(kind, body);
    this.startBytes += body.length + HEADER_BYTES;
    if (this.startBytes > MAX_START_BYTES) return false;
    const text = new TextDecoder().decode(body);
    if (kind === 'a') this.arguments.push(text);
    else if (kind === 'd') this.directory = text;
    else if (kind === 'e') {
      const at = text.indexOf('=');
      if (at > 0) this.variables.push([text.slice(0, at), text.slice(at + 1)]);
    } else if (kind === 's' && this.arguments.length > 0) {
      this.hasStarted = true;
      void this.run();
    } else return false;
    return true;
  }

  private takeRunning(kind: string, body: Uint8Array): boolean {
    if (kind === 'i' && this.awaitsInput) {
      this.awaitsInput = false;
      this.stdin.push(body.length === 0 ? null : new Uint8Array(body));
    } else if (kind === '1' || kind === '2')
      this.outputs[kind === '1' ? 0 : 1].destroy(new PipeError('EPIPE: nobody reads it'));
    else return false;
    return true;
  }

  private async run(): Promise<void> {
    const [name = ''] = this.arguments;
    const [stdout, stderr] = this.outputs;
    let status = NO_COMMAND;
    try {
      const command = this.find(name);
      if (command) status = statusOf(await command(this.describe()));
      else stderr.write(`${name}: the host offers no such command\n`);
    } catch (error) {
      status = 1;
      stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
    for (const stream of [stdout, stderr]) stream.end();
    await Promise.allSettled([stdout, stderr].map((stream) => finished(stream)));
    this.send(frame('x', status & 0xff));
    this.end();
  }

  private describe(): HostCall {
    const [stdout, stderr] = this.outputs;
    return {
      argv: this.arguments,
      env: Object.fromEntries(this.variables),
      cwd: this.directory,
      ...this.peer,
      stdin: this.stdin,
      stdout,
      stderr,
      signal: this.abort.signal,
    };
  }
}

/** Throws for what a function without types has returned. */
function statusOf(value: unknown): number {
  if (value === undefined) return 0;
  if (Number.isInteger(value)) return value as number;
  const given = typeof value === 'object' ? 'an object' : String(value);
  throw new Error(`the command returned ${given}; return an exit status, or nothing`);
}

/** All commands of one machine, and their runs. */
export class HostCommands {
  private readonly connection: Connection;
  private readonly commands = new Map<string, HostCommand>();
  private readonly calls = new Map<number, Call>();

  constructor(connection: Connection) {
    this.connection = connection;
    // From the beginning: a system that was saved with commands goes on listening, whoever restores it.
    connection.onCommand = (event) => this.receive(event);
    const close = () => this.closeAll();
    connection.halted.then(close, close);
  }

  /** Throws OptionError for what cannot be a file's name. */
  set(name: string, command: HostCommand): void {
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
      throw new OptionError(
        `command: '${name}' cannot be the name of a file; leave out the folder`,
      );
    }
    if (this.commands.size === 0) this.connection.post({ type: 'commandListen' });
    this.commands.set(name, command);
  }

  /** By name, for a twin. */
  get all(): ReadonlyMap<string, HostCommand> {
    return this.commands;
  }

  delete(name: string): boolean {
    return this.commands.delete(name);
  }

  private receive(event: CommandEvent): void {
    const { connection } = this;
    const { call: id } = event;
    if (event.type === 'commandCalled') {
      const { pid, uid, gid } = event;
      const call = new Call(
        { pid, uid, gid },
        (name) => this.commands.get(name),
        (bytes) => connection.post({ type: 'commandOutput', call: id, bytes }),
        () => connection.post({ type: 'commandEnd', call: id }),
      );
      this.calls.set(id, call);
      return;
    }
    const call = this.calls.get(id);
    if (!call) return;
    if (event.type === 'commandTaken') call.taken(event.bytes);
    if (event.type === 'commandInput') {
      call.receive(event.bytes);
      connection.post({ type: 'commandConsumed', call: id, bytes: event.bytes.length });
    }
    if (event.type === 'commandClosed') {
      this.calls.delete(id);
      call.closed();
    }
  }

  /** The machine has ended. */
  private closeAll(): void {
    for (const call of this.calls.values()) call.closed();
    this.calls.clear();
  }
}
