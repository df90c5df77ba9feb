/** One end of an Ethernet segment, as a network device uses it. What it saves are frames that were not received yet. */
import type { Saved } from '../state.ts';

/** Frames without preamble and check sequence: destination, source, type. */
export const ETHERNET_HEADER_BYTES = 14;
/** No segment carries more. */
export const MAX_FRAME_BYTES = 65_535;

export interface NetworkPort extends Partial<Saved> {
  /** To all others on the segment. The array is not kept; frames may be lost, as on a wire. */
  send(frame: Uint8Array): void;
  /** The next frame from the segment, the caller's own; undefined when none has come. */
  receive(): Uint8Array | undefined;
}
