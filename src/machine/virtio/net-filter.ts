/** Which frames a network device takes, and the commands that say so: virtio 1.2, section 5.1.6.5. */
import { ETHERNET_HEADER_BYTES } from '../network/port.ts';
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';

export const MAC_BYTES = 6;
const CLASS = { RX: 0, MAC: 1 } as const;
const RX = {
  PROMISCUOUS: 0,
  ALL_MULTICAST: 1,
  ALL_UNICAST: 2,
  NO_MULTICAST: 3,
  NO_UNICAST: 4,
  NO_BROADCAST: 5,
} as const;
const RX_COMMANDS = 6;
const MAC = { TABLE_SET: 0, ADDRESS_SET: 1 } as const;
/** Addresses in each table; with more, all of that kind pass. As QEMU has it. */
const TABLE_MAX = 64;
const ACK = { OK: 0, ERROR: 1 } as const;

/** An address as a key. */
function keyOf(bytes: Uint8Array): string {
  return [...bytes.subarray(0, MAC_BYTES)].map((byte) => byte.toString(16)).join(':');
}

function isMulticast(address: Uint8Array): boolean {
  return ((address[0] ?? 0) & 1) === 1;
}

function isBroadcast(address: Uint8Array): boolean {
  return address.subarray(0, MAC_BYTES).every((byte) => byte === 0xff);
}

export class ReceiveFilter {
  /** The device's own address, shared with its configuration space. */
  private readonly own: Uint8Array;
  private readonly permanent: Uint8Array;
  /** By the numbers of RX. */
  private modes: boolean[] = [];
  /** Unicast and multicast addresses, as keys; undefined: all. */
  private tables: (Set<string> | undefined)[] = [];

  /** `own` is changed by ADDRESS_SET and set back by reset(). */
  constructor(own: Uint8Array) {
    this.own = own;
    this.permanent = own.slice();
    this.reset();
  }

  /** A driver that knows no filter gets all frames. */
  reset(): void {
    this.own.set(this.permanent);
    this.modes = Array.from({ length: RX_COMMANDS }, (_, mode) => mode === RX.PROMISCUOUS);
    this.tables = [new Set(), new Set()];
  }

  save(): StateValue {
    return {
      own: this.own.slice(),
      modes: [...this.modes],
      tables: this.tables.map((table) => ({ isAll: !table, keys: [...(table ?? [])] })),
    };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('receive filter', state);
    this.own.set(fields.bytes('own').subarray(0, MAC_BYTES));
    this.modes = fields.list('modes').map((mode) => mode === true);
    this.tables = fields
      .records('tables', 2)
      .map((table) => (table.boolean('isAll') ? undefined : new Set(table.strings('keys'))));
  }

  /** Whether the driver is to have a frame. */
  accepts(frame: Uint8Array): boolean {
    if (frame.length < ETHERNET_HEADER_BYTES) return false;
    const { modes } = this;
    if (modes[RX.PROMISCUOUS]) return true;
    if (isBroadcast(frame)) return !modes[RX.NO_BROADCAST];
    const key = keyOf(frame);
    const [unicast, multicast] = this.tables;
    if (isMulticast(frame)) {
      if (modes[RX.NO_MULTICAST]) return false;
      return modes[RX.ALL_MULTICAST] === true || !multicast || multicast.has(key);
    }
    if (modes[RX.NO_UNICAST]) return false;
    if (modes[RX.ALL_UNICAST] === true || !unicast || unicast.has(key)) return true;
    return key === keyOf(this.own);
  }

  /** One command: u8 class, u8 command, its data. Returns the acknowledgement. */
  perform(request: Uint8Array): number {
    const [kind, command = 0] = request;
    const data = request.subarray(2);
    const isDone =
      (kind === CLASS.RX && this.setMode(command, data)) ||
      (kind === CLASS.MAC && command === MAC.ADDRESS_SET && this.setAddress(data)) ||
      (kind === CLASS.MAC && command === MAC.TABLE_SET && this.setTables(data));
    return isDone ? ACK.OK : ACK.ERROR;
  }

  private setMode(command: number, data: Uint8Array): boolean {
    if (command >= RX_COMMANDS || data.length !== 1) return false;
    this.modes[command] = data[0] !== 0;
    return true;
  }

  private setAddress(data: Uint8Array): boolean {
    if (data.length !== MAC_BYTES) return false;
    this.own.set(data);
    return true;
  }

  /** Two tables, unicast and multicast: u32 count, then addresses. */
  private setTables(data: Uint8Array): boolean {
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const tables: (Set<string> | undefined)[] = [];
    let at = 0;
    while (tables.length < 2) {
      if (at + 4 > data.length) return false;
      const count = view.getUint32(at, true);
      at += 4;
      if (count > (data.length - at) / MAC_BYTES) return false;
      const keys = new Set<string>();
      for (let i = 0; i < count; i++) keys.add(keyOf(data.subarray(at + i * MAC_BYTES)));
      at += count * MAC_BYTES;
      tables.push(count > TABLE_MAX ? undefined : keys);
    }
    if (at !== data.length) return false;
    this.tables = tables;
    return true;
  }
}
