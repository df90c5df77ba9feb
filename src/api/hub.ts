/** A hub: an Ethernet segment between machines of this process. */
import { DOORBELL, HUB, type NetworkOption } from '../protocol.ts';
import { OptionError } from './errors.ts';

/** Of locally administered addresses, as QEMU has them; the last byte follows from the port. */
const FIRST_MAC: readonly number[] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];

/** A machine's place on a hub. */
export interface HubSocket {
  readonly option: NetworkOption;
  /** The machine's doorbell. */
  readonly bell: Int32Array;
  /** Another machine may have the place. */
  release(): void;
}

/** Give it to several machines: `openMachine({ net: hub, … })`. At most 16 at a time. */
export class Hub {
  private readonly area = new SharedArrayBuffer(HUB.BYTES);
  private readonly bells = new Int32Array(new SharedArrayBuffer(4 * DOORBELL.WORDS * HUB.PORTS));
  private readonly isTaken = new Set<number>();

  /** @internal Throws OptionError when all places are taken. */
  connect(capture: string | undefined): HubSocket {
    const ports = Array.from({ length: HUB.PORTS }, (_, port) => port);
    const port = ports.find((candidate) => !this.isTaken.has(candidate));
    if (port === undefined) throw new OptionError(`net: a hub has ${HUB.PORTS} places, all taken`);
    this.isTaken.add(port);
    const mac = Uint8Array.from(FIRST_MAC);
    mac[mac.length - 1] = (mac.at(-1) ?? 0) + port;
    const first = DOORBELL.WORDS * port;
    return {
      option: { area: this.area, bells: this.bells, port, mac, capture },
      bell: this.bells.subarray(first, first + DOORBELL.WORDS),
      release: () => this.isTaken.delete(port),
    };
  }
}
