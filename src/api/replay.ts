/** A run that was recorded, again: the same output and status, to the instruction, without the host that it had. */
import type {
  GdbRequest,
  Place,
  RepetitionResult,
  RewindOption,
  SeekOption,
  SeekStop,
} from '../protocol.ts';
import {
  CHECKED_LATER,
  checkArgument,
  checkOptions,
  FUNCTION,
  type Shape,
  TEXT,
} from './argument-checks.ts';
import { Connection } from './connection.ts';
import { OptionError } from './errors.ts';
import { GdbServer } from './gdb-server.ts';
import { BOOT_SHAPE, type BootOptions, resolveOptions } from './options.ts';
import { Program } from './program.ts';
import { openRootImage } from './root-image.ts';

export interface ReplayOptions
  extends Pick<BootOptions, 'rootfs' | 'translate' | 'cache' | 'trace' | 'onTrace'> {
  /** For `seek`: a pass of its own. */
  pass?: SeekOption;
  /**
   * The first program stands still before its first instruction for a gdb, which may go back, too: reverse-step, reverse-continue. A port of
   * localhost, 0 for any: Replay.gdbPort. Nothing can be changed in a recording.
   */
  gdb?: number;
  /** Called with each program as it starts; nobody else tells of its output. */
  onProgram?: (program: Program) => void;
}

const { rootfs, translate, cache, trace, onTrace } = BOOT_SHAPE;
const OF_BOOT = { rootfs, translate, cache, trace, onTrace };
const SHAPE: Shape<ReplayOptions> = {
  ...OF_BOOT,
  pass: CHECKED_LATER,
  gdb: CHECKED_LATER,
  onProgram: FUNCTION,
};

export type ReplayResult = RepetitionResult;

/** Begins the recording again, to go back to a place in it. */
type Starter = (rewind: RewindOption | undefined) => Connection;

/** A recording that is being replayed. Close it, or use `await using`. */
export class Replay {
  /** Resolves at the end of the recording, or where the run is another one: then `difference` says where. */
  readonly ended: Promise<ReplayResult>;
  /** Of the option `gdb`: `target remote localhost:PORT`. */
  readonly gdbPort: number | undefined;
  private connection: Connection;
  private readonly gdb: GdbServer | undefined;
  private readonly start: Starter;

  constructor(connection: Connection, start: Starter, gdb: GdbServer | undefined) {
    this.connection = connection;
    this.start = start;
    this.gdb = gdb;
    this.gdbPort = gdb?.port;
    this.ended = new Promise((resolve, reject) => this.follow(connection, resolve, reject));
    this.ended.catch(() => undefined);
  }

  async close(): Promise<void> {
    this.gdb?.close();
    await this.connection.terminate();
  }

  /** Until a machine halts that is not replaced by another one, which has gone back. */
  private follow(
    connection: Connection,
    resolve: (result: ReplayResult) => void,
    reject: (error: unknown) => void,
  ): void {
    const { gdb } = this;
    let isReplaced = false;
    connection.halted.then(
      () => {
        gdb?.close();
        resolve(connection.repetition ?? { traceHash: '', difference: undefined });
      },
      (error: unknown) => {
        if (!isReplaced) reject(error);
      },
    );
    if (!gdb) return;
    gdb.post = (request) => connection.post(request);
    connection.onGdbOutput = (bytes) => gdb.send(bytes);
    connection.onGdbBack = (rewind) => {
      isReplaced = true;
      const missed: GdbRequest[] = [];
      gdb.post = (request) => missed.push(request);
      connection.terminate().then(() => {
        this.connection = this.start(rewind);
        this.follow(this.connection, resolve, reject);
        for (const request of missed) this.connection.post(request);
        // The machine before may have been told; this one would wait for it for ever.
        if (!gdb.hasClient) this.connection.post({ type: 'gdbDisconnected' });
      }, reject);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Replay what boot({ record }) or `hartix record` has written. Memory, seed, mounts, environment and all input are the recording's;
 * a root image that was not the package's must be named again. Throws OptionError for a file that is no recording, is damaged, or
 * does not fit the root image.
 */
export async function replay(file: string, options: ReplayOptions = {}): Promise<Replay> {
  checkArgument('replay', 'file', file, TEXT);
  checkOptions('replay', options, SHAPE);
  const { onProgram, pass, gdb: port, ...boot } = options;
  const root = await openRootImage(options.rootfs);
  try {
    const { machine } = resolveOptions({ ...boot, deterministic: true }, root);
    const isDebugged = port !== undefined;
    const start: Starter = (rewind) => {
      const connection = new Connection(
        { ...machine, replayFile: file, seek: pass, isDebugged, rewind },
        [],
      );
      if (options.onTrace) connection.onTrace = options.onTrace;
      connection.onReplayed = ({ program, pid, terminal }) => {
        const replayed = new Program(connection, program, Promise.resolve(pid), terminal, false);
        if (onProgram) onProgram(replayed);
        else for (const stream of [replayed.stdout, replayed.stderr]) stream.resume();
      };
      return connection;
    };
    const connection = start(undefined);
    try {
      const gdb = isDebugged
        ? await GdbServer.listen(port, (request) => connection.post(request))
        : undefined;
      await connection.booted;
      const run = new Replay(connection, start, gdb);
      // Machines that go back begin with it again.
      if (gdb) run.ended.then(root.dispose, root.dispose);
      else root.dispose();
      return run;
    } catch (error) {
      await connection.terminate();
      throw error;
    }
  } catch (error) {
    root.dispose();
    throw error;
  }
}

export interface SeekOptions extends Omit<ReplayOptions, 'pass' | 'onProgram'> {
  /**
   * Where to stop: 'write 0xADDRESS[:BYTES]' (the store, or the call that wrote there), 'write /path' (the call), 'syscall NAME[:N]',
   * 'instret N'. The last time, unless it says the N-th. Default: the last system call.
   */
  until?: string;
  /** Go back from there to the system call before. */
  backToSyscall?: boolean;
}

type Condition = Pick<SeekOption, 'condition' | 'nth'> | { instret: number };

/** Throws OptionError. */
function parseCondition(text: string): Condition {
  const memory = /^write (0x[0-9a-f]{1,12})(?::(\d{1,4}))?$/i.exec(text);
  if (memory) {
    const bytes = Number(memory[2] ?? 8);
    if (bytes < 1) throw new OptionError(`until: '${text}': no byte is watched`);
    const address = Number(memory[1]);
    return { condition: { kind: 'memory', address, bytes }, nth: undefined };
  }
  const file = /^write (\/.+)$/s.exec(text);
  if (file?.[1] !== undefined)
    return { condition: { kind: 'file', path: file[1] }, nth: undefined };
  const call = /^syscall ([a-z_0-9]+)(?::([1-9]\d{0,14}))?$/.exec(text);
  if (call?.[1] !== undefined)
    return {
      condition: { kind: 'syscall', name: call[1] },
      nth: call[2] ? Number(call[2]) : undefined,
    };
  const instret = /^instret (\d{1,15})$/.exec(text);
  if (instret) return { instret: Number(instret[1]) };
  throw new OptionError(
    `until: '${text}': write 'write 0xADDRESS[:BYTES]', 'write /path', 'syscall NAME[:N]' or 'instret N'`,
  );
}

/** One pass. Throws OptionError where the run is another one. */
async function passOf(file: string, options: ReplayOptions): Promise<ReplayResult> {
  const run = await replay(file, options);
  try {
    const result = await run.ended;
    if (result.difference !== undefined && !result.found?.place)
      throw new OptionError(`replay: ${result.difference}`);
    return result;
  } finally {
    await run.close();
  }
}

/**
 * The last place of a recorded run where something held: the first pass finds it, the second stops before it. Returns what runs there, and
 * how often it held; undefined where it never did. Throws OptionError.
 */
export async function seek(
  file: string,
  { until, backToSyscall = false, ...options }: SeekOptions = {},
): Promise<{ stop: SeekStop; hits: number } | undefined> {
  const wanted: Condition =
    until === undefined ? { condition: undefined, nth: undefined } : parseCondition(until);
  const stopAt = async (place: Place): Promise<SeekStop | undefined> => {
    const pass = { condition: undefined, nth: undefined, stopAt: place };
    return (await passOf(file, { ...options, pass })).stop;
  };
  let place: Place | undefined;
  let hits = 1;
  if ('instret' in wanted) place = { kind: 'instruction', events: 0, retired: wanted.instret };
  else {
    const { found } = await passOf(file, { ...options, pass: { ...wanted, stopAt: undefined } });
    place = found?.place;
    hits = found?.hits ?? 0;
  }
  let stop = place && (await stopAt(place));
  if (stop && backToSyscall && until !== undefined)
    stop = stop.callBefore && (await stopAt(stop.callBefore));
  return stop && { stop, hits };
}
