/** The doors through which input comes into a machine: open, recorded, or fed from a log. */
import type { ByteSource } from '../device.ts';
import type { LoggedInput, Position } from './input-log.ts';

export interface Doors {
  /** Bytes from a stream of the host, as they are taken. */
  stream(door: string, source: ByteSource): ByteSource;
  /** Frames from a network. */
  frames(door: string, receive: () => Uint8Array | undefined): () => Uint8Array | undefined;
}

export class RecordingDoors implements Doors {
  private readonly position: () => Position;
  private readonly write: (input: LoggedInput) => void;

  constructor(position: () => Position, write: (input: LoggedInput) => void) {
    this.position = position;
    this.write = write;
  }

  /** Something that came in by itself, between slices. */
  note(door: string, bytes: Uint8Array): void {
    this.write({ ...this.position(), door, bytes });
  }

  stream(door: string, source: ByteSource): ByteSource {
    return {
      read: (into) => {
        const count = source.read(into);
        if (count > 0) this.write({ ...this.position(), door, bytes: into.slice(0, count) });
        return count;
      },
    };
  }

  frames(door: string, receive: () => Uint8Array | undefined): () => Uint8Array | undefined {
    return () => {
      const bytes = receive();
      if (bytes) this.write({ ...this.position(), door, bytes });
      return bytes;
    };
  }
}

export class ReplayingDoors implements Doors {
  private readonly position: () => Position;
  private readonly inputs: readonly LoggedInput[];
  private next = 0;

  constructor(position: () => Position, inputs: readonly LoggedInput[]) {
    this.position = position;
    this.inputs = inputs;
  }

  /** Why this run is not the recorded one; undefined as long as it is. */
  get difference(): string | undefined {
    const input = this.inputs[this.next];
    if (!input) return undefined;
    const { retired, ticks } = this.position();
    if (retired < input.retired || (retired === input.retired && ticks <= input.ticks)) {
      return undefined;
    }
    return `input ${this.next + 1} was taken at instruction ${input.retired}, tick ${input.ticks}, which this run has passed`;
  }

  /** Inputs that were not taken. */
  get left(): number {
    return this.inputs.length - this.next;
  }

  stream(door: string): ByteSource {
    return {
      read: (into) => {
        const bytes = this.take(door, into.length);
        if (bytes) into.set(bytes);
        return bytes?.length ?? 0;
      },
    };
  }

  frames(door: string): () => Uint8Array | undefined {
    return () => this.take(door, Infinity);
  }

  /** What was noted at this place, if that is what comes next. */
  take(door: string, room = Infinity): Uint8Array | undefined {
    const input = this.inputs[this.next];
    if (!input || input.door !== door || input.bytes.length > room) return undefined;
    const { retired, ticks } = this.position();
    if (retired !== input.retired || ticks !== input.ticks) return undefined;
    this.next++;
    return input.bytes;
  }
}
