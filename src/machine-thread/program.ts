/** A program of the API: the host's ends of its standard streams, pipes of the guest's own kind, or the master of a terminal. */
import type { File } from '../fs/file.ts';
import type { Process } from '../kernel/process.ts';
import type { Fifo } from '../lib/fifo.ts';
import { BytesBuffer } from '../lib/io-buffer.ts';
import { OUTPUT_CREDIT_BYTES, type RunTrace } from '../protocol.ts';
import { attempt, closeEnd } from './host-end.ts';
import type { HostPort } from './host-port.ts';
import type { OutputFlow } from './repeat/output-flow.ts';

const CHUNK_BYTES = 64 * 1024;

export interface HostEnds {
  /** Undefined once closed. For a terminal all three are its master. */
  input: File | undefined;
  outputs: [File | undefined, File | undefined];
}

/** What a snapshot holds of a program: the host's side of it. */
export interface ProgramState {
  readonly id: number;
  readonly process: Process;
  readonly hasTerminal: boolean;
  readonly ends: HostEnds;
  /** Not yet read by the guest. */
  readonly input: Fifo<Uint8Array | undefined>;
}

export class HostedProgram {
  readonly id: number;
  readonly process: Process;
  readonly hasTerminal: boolean;
  private readonly port: HostPort;
  private readonly flow: OutputFlow | undefined;
  private readonly ends: HostEnds;
  /** Bytes for standard input that the guest had no room for yet; undefined at the end of the list is end of file. */
  private readonly input: Fifo<Uint8Array | undefined>;
  private credit = OUTPUT_CREDIT_BYTES;
  private status: number | undefined;
  /** Transfers and closed ends so far. */
  private moves = 0;

  constructor(state: ProgramState, port: HostPort, flow: OutputFlow | undefined) {
    this.id = state.id;
    this.process = state.process;
    this.ends = state.ends;
    this.hasTerminal = state.hasTerminal;
    this.input = state.input;
    this.port = port;
    this.flow = flow;
    if (flow) this.credit = Number.POSITIVE_INFINITY;
  }

  get state(): ProgramState {
    const { id, process, hasTerminal, ends, input } = this;
    return { id, process, hasTerminal, ends, input };
  }

  /** Everything was said: exit status and all output. */
  get isDone(): boolean {
    return this.status !== undefined && !this.ends.outputs.some((end) => end !== undefined);
  }

  type(bytes: Uint8Array | undefined): void {
    this.input.push(bytes);
    this.pumpInput();
  }

  consumed(bytes: number): void {
    this.credit += bytes;
  }

  closeOutput(stream: 1 | 2): void {
    this.closeOutputEnd((stream - 1) as 0 | 1);
  }

  exited(status: number, trace: RunTrace | undefined): void {
    this.status = status;
    // Background children may hold the other ends open: what there is now is passed on, later output is theirs alone.
    this.credit = Number.POSITIVE_INFINITY;
    this.pump();
    this.finish(trace);
  }

  /** Move what can be moved; whether anything was. Called between events of the machine: cheap when there is nothing. */
  pump(): boolean {
    const before = this.moves;
    if (this.input.length > 0) this.pumpInput();
    this.pumpOutput(0);
    this.pumpOutput(1);
    return this.moves !== before;
  }

  private pumpInput(): void {
    while (this.input.length > 0) {
      const chunk = this.input.first;
      const { input } = this.ends;
      if (input === undefined) {
        this.drop(chunk);
      } else if (chunk === undefined) {
        this.endInput(input);
      } else {
        const moved = attempt(() => input.write(new BytesBuffer(chunk), 0));
        if (moved === 'later') return;
        if (moved === 'ended') {
          this.closeInput();
          continue;
        }
        this.moves++;
        this.port.post({ type: 'inputConsumed', program: this.id, bytes: moved });
        if (moved < chunk.length) {
          this.input.first = chunk.subarray(moved);
          continue;
        }
      }
      this.input.shift();
    }
  }

  private drop(chunk: Uint8Array | undefined): void {
    if (chunk) this.port.post({ type: 'inputConsumed', program: this.id, bytes: chunk.length });
  }

  /** End of file: a pipe is closed, at a terminal ^D is typed. */
  private endInput(input: File): void {
    if (this.hasTerminal) attempt(() => input.write(new BytesBuffer(Uint8Array.of(4)), 0));
    else this.closeInput();
  }

  private closeInput(): void {
    const { input } = this.ends;
    this.ends.input = undefined;
    this.moves++;
    if (input && !this.hasTerminal) closeEnd(input);
  }

  private pumpOutput(index: 0 | 1): void {
    const file = this.ends.outputs[index];
    if (file === undefined) return;
    while (this.credit > 0) {
      if (file.poll() === 0) return;
      const bytes = new Uint8Array(Math.min(CHUNK_BYTES, this.credit));
      const moved = attempt(() => file.read(new BytesBuffer(bytes), 0));
      if (moved === 'later') return;
      if (moved === 'ended' || moved === 0) {
        this.closeOutputEnd(index);
        return;
      }
      this.moves++;
      this.credit -= moved;
      this.flow?.spend(this.id, moved);
      this.port.post({
        type: 'output',
        program: this.id,
        stream: index === 0 ? 1 : 2,
        bytes: bytes.slice(0, moved),
      });
    }
  }

  private closeOutputEnd(index: 0 | 1): void {
    const file = this.ends.outputs[index];
    this.ends.outputs[index] = undefined;
    this.moves++;
    if (file) closeEnd(file);
    if (file && this.hasTerminal) this.ends.input = undefined;
  }

  private finish(trace: RunTrace | undefined): void {
    if (this.status === undefined) return;
    this.closeInput();
    this.closeOutputEnd(0);
    this.closeOutputEnd(1);
    this.flow?.ended(this.id);
    this.port.post({ type: 'exit', program: this.id, status: this.status, trace });
  }
}
