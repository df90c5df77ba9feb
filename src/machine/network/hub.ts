/** An Ethernet hub between machines of one process, which run on threads of their own: a shared area, and no lock. */
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import { MAX_FRAME_BYTES, type NetworkPort } from './port.ts';

/**
 * The area has a slot for each port: 64 bytes of words, then a log of the frames that the port has sent, each as u32 length
 * and its bytes, padded to 4. A sender only ever appends to its own log, over what is oldest in it; every other port reads
 * all logs, each at its own position, and loses frames where it is slower than the log is long. So no thread waits for
 * another, and one that is ended in the midst of a frame leaves nothing locked.
 */
const PORTS = 16;
const SLOT_HEADER_BYTES = 64;
const LOG_BYTES = 512 * 1024;
const SLOT_BYTES = SLOT_HEADER_BYTES + LOG_BYTES;
export const HUB_BYTES = PORTS * SLOT_BYTES;
/** Words of a slot. */
const SLOT = {
  /** Bytes that were ever appended to the log, modulo 2^32. */
  HEAD: 0,
  /** Number of the doorbell of whoever has the port, plus 1; 0 where nobody wants to be woken. */
  BELL: 1,
} as const;
const LENGTH_BYTES = 4;
const MAX_RECORD_BYTES = LENGTH_BYTES + MAX_FRAME_BYTES + 1;

export interface HubPortOptions {
  /** HUB_BYTES long, zero at first; the same for all ports of the hub. */
  readonly area: SharedArrayBuffer;
  /** 0 to 15; no two machines at once have the same. */
  readonly port: number;
  /** Words on which machines sleep: a sender adds 1 to those of the others, and notifies. */
  readonly bells?: Int32Array;
  /** Which of them is this machine's. */
  readonly bell?: number;
}

export class HubPort implements NetworkPort {
  /** Frames that came faster than they were fetched. */
  lost = 0;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly bells: Int32Array | undefined;
  private readonly port: number;
  /** Where the next frame of each port is read. */
  private readonly positions = new Uint32Array(PORTS);
  /** The port that is looked at first, so that none is starved. */
  private turn = 0;
  /** Frames that were taken from the area to be saved. */
  private kept: Uint8Array[] = [];

  /** Hears what is sent from now on. Throws where the port or the area does not fit. */
  constructor({ area, port, bells, bell }: HubPortOptions) {
    if (area.byteLength < HUB_BYTES) throw new Error(`a hub's area has ${HUB_BYTES} bytes`);
    if (!Number.isInteger(port) || port < 0 || port >= PORTS) {
      throw new Error(`a hub has ports 0 to ${PORTS - 1}, not ${port}`);
    }
    this.words = new Int32Array(area);
    this.bytes = new Uint8Array(area);
    this.bells = bells;
    this.port = port;
    for (let other = 0; other < PORTS; other++) this.positions[other] = this.head(other);
    Atomics.store(this.words, wordOf(port, SLOT.BELL), bell === undefined ? 0 : bell + 1);
  }

  send(frame: Uint8Array): void {
    if (frame.length > MAX_FRAME_BYTES) return;
    const head = this.head(this.port);
    const length = frame.length;
    this.append(head, Uint8Array.of(length, length >>> 8, length >>> 16, length >>> 24));
    this.append(head + LENGTH_BYTES, frame);
    Atomics.store(this.words, wordOf(this.port, SLOT.HEAD), head + recordBytes(length));
    this.ring();
  }

  receive(): Uint8Array | undefined {
    return this.kept.shift() ?? this.fetch();
  }

  /** What is on its way to this port: the others' machines are not saved with it. */
  save(): StateValue {
    for (let frame = this.fetch(); frame; frame = this.fetch()) this.kept.push(frame);
    return { frames: this.kept.map((frame) => frame.slice()) };
  }

  restore(state: StateValue): void {
    this.kept = new StateFields('hub port', state).byteStrings('frames');
  }

  private fetch(): Uint8Array | undefined {
    for (let i = 0; i < PORTS; i++) {
      const other = (this.turn + i) % PORTS;
      if (other === this.port) continue;
      const frame = this.receiveFrom(other);
      if (!frame) continue;
      this.turn = (other + 1) % PORTS;
      return frame;
    }
    return undefined;
  }

  /** Nobody is woken for this port any more; another machine may have it. */
  close(): void {
    Atomics.store(this.words, wordOf(this.port, SLOT.BELL), 0);
  }

  private receiveFrom(other: number): Uint8Array | undefined {
    const position = this.positions[other] as number;
    if (position === this.head(other)) return undefined;
    const length = new DataView(this.copy(other, position, LENGTH_BYTES).buffer).getUint32(0, true);
    const frame = this.copy(other, position + LENGTH_BYTES, Math.min(length, MAX_FRAME_BYTES));
    // What was copied is good if the sender, who may be writing the next record now, has not come round to it.
    const head = this.head(other);
    if (((head - position) >>> 0) + MAX_RECORD_BYTES > LOG_BYTES) {
      this.positions[other] = head;
      this.lost++;
      return undefined;
    }
    this.positions[other] = position + recordBytes(length);
    return frame;
  }

  private head(port: number): number {
    return Atomics.load(this.words, wordOf(port, SLOT.HEAD)) >>> 0;
  }

  private append(position: number, bytes: Uint8Array): void {
    const start = this.port * SLOT_BYTES + SLOT_HEADER_BYTES;
    const at = position % LOG_BYTES;
    const first = bytes.subarray(0, LOG_BYTES - at);
    this.bytes.set(first, start + at);
    this.bytes.set(bytes.subarray(first.length), start);
  }

  private copy(port: number, position: number, length: number): Uint8Array<ArrayBuffer> {
    const start = port * SLOT_BYTES + SLOT_HEADER_BYTES;
    const at = (position >>> 0) % LOG_BYTES;
    const end = Math.min(LOG_BYTES, at + length);
    const result = new Uint8Array(length);
    result.set(this.bytes.subarray(start + at, start + end));
    result.set(this.bytes.subarray(start, start + length - (end - at)), end - at);
    return result;
  }

  private ring(): void {
    const { bells } = this;
    if (!bells) return;
    for (let other = 0; other < PORTS; other++) {
      if (other === this.port) continue;
      const bell = Atomics.load(this.words, wordOf(other, SLOT.BELL));
      if (bell === 0) continue;
      Atomics.add(bells, bell - 1, 1);
      Atomics.notify(bells, bell - 1);
    }
  }
}

function wordOf(port: number, word: number): number {
  return (port * SLOT_BYTES) / 4 + word;
}

function recordBytes(length: number): number {
  return LENGTH_BYTES + Math.ceil(length / 4) * 4;
}
