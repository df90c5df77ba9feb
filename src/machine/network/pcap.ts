/** Captures in the pcap format with nanoseconds, as tcpdump and Wireshark read it: IETF draft-ietf-opsawg-pcap, section 4. */

import type { ByteSink } from '../device.ts';
import type { StateValue } from '../state.ts';
import { MAX_FRAME_BYTES, type NetworkPort } from './port.ts';

const MAGIC_NANOSECONDS = 0xa1b2_3c4d;
const VERSION = { MAJOR: 2, MINOR: 4 } as const;
const LINK_ETHERNET = 1;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const NS_PER_SECOND = 1e9;

/** A port that also writes what passes, in both directions, to a file. */
export class CapturedPort implements NetworkPort {
  private readonly port: NetworkPort;
  private readonly file: ByteSink;
  private readonly nowNs: () => number;

  /** Writes the file's header. `nowNs`: nanoseconds since 1970. `file` takes all that it is given. */
  constructor(port: NetworkPort, file: ByteSink, nowNs: () => number) {
    this.port = port;
    this.file = file;
    this.nowNs = nowNs;
    const header = new DataView(new ArrayBuffer(FILE_HEADER_BYTES));
    header.setUint32(0, MAGIC_NANOSECONDS, true);
    header.setUint16(4, VERSION.MAJOR, true);
    header.setUint16(6, VERSION.MINOR, true);
    header.setUint32(16, MAX_FRAME_BYTES, true);
    header.setUint32(20, LINK_ETHERNET, true);
    file.write(new Uint8Array(header.buffer));
  }

  send(frame: Uint8Array): void {
    this.record(frame);
    this.port.send(frame);
  }

  receive(): Uint8Array | undefined {
    const frame = this.port.receive();
    if (frame) this.record(frame);
    return frame;
  }

  save(): StateValue {
    return this.port.save?.() ?? {};
  }

  restore(state: StateValue): void {
    this.port.restore?.(state);
  }

  private record(frame: Uint8Array): void {
    const bytes = new Uint8Array(RECORD_HEADER_BYTES + frame.length);
    const header = new DataView(bytes.buffer);
    const now = this.nowNs();
    header.setUint32(0, Math.floor(now / NS_PER_SECOND), true);
    header.setUint32(4, Math.floor(now % NS_PER_SECOND), true);
    header.setUint32(8, frame.length, true);
    header.setUint32(12, frame.length, true);
    bytes.set(frame, RECORD_HEADER_BYTES);
    this.file.write(bytes);
  }
}
