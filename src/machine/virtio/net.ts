/** virtio network device: virtio 1.2, section 5.1. No offloads: frames pass as they are. */
import { ETHERNET_HEADER_BYTES, MAX_FRAME_BYTES, type NetworkPort } from '../network/port.ts';
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import { gather, lengthOf, scatter } from './chain.ts';
import type { VirtioMmio, VirtioModel } from './mmio.ts';
import { MAC_BYTES, ReceiveFilter } from './net-filter.ts';
import type { Chain, VirtQueue } from './queue.ts';

const RECEIVE = 0;
const TRANSMIT = 1;
/** Feature bits. */
const F_MAC = 5;
const F_MERGE_BUFFERS = 15;
const F_STATUS = 16;
const F_CONTROL_QUEUE = 17;
const F_CONTROL_RX = 18;
const F_CONTROL_RX_EXTRA = 20;
const F_CONTROL_MAC = 23;
/** Configuration space: mac[6], u16 status. */
const CONFIG = { STATUS: 6, BYTES: 8 } as const;
const LINK_UP = 1;
/**
 * Before each frame: u8 flags, u8 gso_type, u16 hdr_len, u16 gso_size, u16 csum_start, u16 csum_offset, u16 num_buffers.
 * Legacy drivers without mergeable buffers leave out the last.
 */
const HEADER = { GSO_TYPE: 1, BUFFERS: 10, BYTES: 12, LEGACY_BYTES: 10 } as const;
/** Control commands are short: two tables of addresses at most. */
const MAX_COMMAND_BYTES = 64 * 1024;

/** Frames that are looked at in one go: a neighbour who floods the segment does not hold the machine. */
const MAX_FRAMES = 4096;

/** Frames and what became of them, since the machine was made. */
export interface NetCounters {
  received: number;
  sent: number;
  /** Frames that the driver gave no buffers of sufficient size for, or that were none. */
  dropped: number;
}

export class VirtioNet implements VirtioModel {
  readonly deviceId = 1;
  readonly queueCount = 3;
  readonly features =
    (1 << F_MAC) |
    (1 << F_MERGE_BUFFERS) |
    (1 << F_STATUS) |
    (1 << F_CONTROL_QUEUE) |
    (1 << F_CONTROL_RX) |
    (1 << F_CONTROL_RX_EXTRA) |
    (1 << F_CONTROL_MAC);
  readonly config = new Uint8Array(CONFIG.BYTES);
  readonly counters: NetCounters = { received: 0, sent: 0, dropped: 0 };
  private readonly port: NetworkPort;
  private readonly filter: ReceiveFilter;
  /** Came from the port and found too few buffers. */
  private waiting: Uint8Array | undefined;
  private hasNewStatus = false;

  /** `mac`: six bytes, unicast. */
  constructor(port: NetworkPort, mac: Uint8Array) {
    if (mac.length !== MAC_BYTES || ((mac[0] ?? 0) & 1) === 1) {
      throw new Error(`${[...mac]} is not the address of one network card`);
    }
    this.port = port;
    this.config.set(mac);
    this.config[CONFIG.STATUS] = LINK_UP;
    this.filter = new ReceiveFilter(this.config.subarray(0, MAC_BYTES));
  }

  reset(): void {
    this.filter.reset();
    this.waiting = undefined;
    this.hasNewStatus = false;
  }

  save(): StateValue {
    return {
      isUp: this.isUp,
      filter: this.filter.save(),
      hasWaiting: this.waiting !== undefined,
      waiting: this.waiting ?? new Uint8Array(0),
      hasNewStatus: this.hasNewStatus,
      counters: { ...this.counters },
      port: this.port.save?.() ?? {},
    };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('network device', state);
    this.config[CONFIG.STATUS] = fields.boolean('isUp') ? LINK_UP : 0;
    this.filter.restore(fields.value('filter'));
    this.waiting = fields.boolean('hasWaiting') ? fields.bytes('waiting') : undefined;
    this.hasNewStatus = fields.boolean('hasNewStatus');
    this.port.restore?.(fields.value('port'));
    const counters = new StateFields('network device', fields.value('counters'));
    this.counters.received = counters.number('received');
    this.counters.sent = counters.number('sent');
    this.counters.dropped = counters.number('dropped');
  }

  /** Plug or pull the cable; the driver is told at the next poll. */
  setLink(isUp: boolean): void {
    if (isUp === this.isUp) return;
    this.config[CONFIG.STATUS] = isUp ? LINK_UP : 0;
    this.hasNewStatus = true;
  }

  notify(index: number, transport: VirtioMmio): void {
    const queue = transport.queues[index];
    if (!queue) return;
    if (index === RECEIVE) this.receive(queue, transport);
    else if (index === TRANSMIT) this.transmit(queue, transport);
    else this.control(queue, transport);
  }

  poll(transport: VirtioMmio): void {
    if (this.hasNewStatus) {
      this.hasNewStatus = false;
      transport.configChanged();
    }
    this.notify(RECEIVE, transport);
  }

  private get isUp(): boolean {
    return this.config[CONFIG.STATUS] === LINK_UP;
  }

  private headerBytes(transport: VirtioMmio): number {
    const isLong = transport.isModern || transport.hasFeature(F_MERGE_BUFFERS);
    return isLong ? HEADER.BYTES : HEADER.LEGACY_BYTES;
  }

  private receive(queue: VirtQueue, transport: VirtioMmio): void {
    for (let i = 0; i < MAX_FRAMES && queue.hasAvailable; i++) {
      const frame = this.waiting ?? this.port.receive();
      if (!frame) break;
      this.waiting = undefined;
      if (!this.isUp || !this.filter.accepts(frame)) continue;
      if (!this.deliver(frame, queue, transport)) break;
    }
    transport.queueUsed(queue);
  }

  /** Returns false where the frame has to wait for buffers. */
  private deliver(frame: Uint8Array, queue: VirtQueue, transport: VirtioMmio): boolean {
    const header = this.headerBytes(transport);
    const isMerging = transport.hasFeature(F_MERGE_BUFFERS);
    const bytes = new Uint8Array(header + frame.length);
    bytes.set(frame, header);
    const chains: Chain[] = [];
    let room = 0;
    while (room < bytes.length && (isMerging || chains.length === 0)) {
      const chain = queue.take();
      if (!chain) {
        queue.untake(chains.length);
        if (!queue.isBroken) this.waiting = frame;
        return false;
      }
      chains.push(chain);
      room += lengthOf(chain.writable);
    }
    if (room < bytes.length) {
      queue.untake(chains.length);
      this.counters.dropped++;
      return true;
    }
    if (header === HEADER.BYTES)
      new DataView(bytes.buffer).setUint16(HEADER.BUFFERS, chains.length, true);
    let at = 0;
    for (const chain of chains) {
      const written = scatter(chain.writable, bytes.subarray(at));
      queue.stage(chain, written);
      at += written;
    }
    queue.publish();
    this.counters.received++;
    return true;
  }

  private transmit(queue: VirtQueue, transport: VirtioMmio): void {
    const header = this.headerBytes(transport);
    for (;;) {
      const chain = queue.take();
      if (!chain) break;
      const bytes = gather(chain.readable, header + MAX_FRAME_BYTES + 1);
      const length = bytes.length - header;
      // Offloads were not offered: a segment to be cut is a mistake.
      const isFrame = length >= ETHERNET_HEADER_BYTES && length <= MAX_FRAME_BYTES;
      if (isFrame && bytes[HEADER.GSO_TYPE] === 0 && this.isUp) {
        this.port.send(bytes.subarray(header));
        this.counters.sent++;
      } else {
        this.counters.dropped++;
      }
      queue.put(chain, 0);
    }
    transport.queueUsed(queue);
  }

  /** The acknowledgement is the last byte of the buffer. */
  private control(queue: VirtQueue, transport: VirtioMmio): void {
    for (;;) {
      const chain = queue.take();
      if (!chain) break;
      const answer = this.filter.perform(gather(chain.readable, MAX_COMMAND_BYTES));
      queue.put(chain, scatter(chain.writable, Uint8Array.of(answer)));
    }
    transport.queueUsed(queue);
  }
}
