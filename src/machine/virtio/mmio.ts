/** virtio over MMIO, version 2: virtio 1.2, section 4.2. */
import { BUS_ERROR, type Device, type InterruptLine } from '../device.ts';
import type { PhysicalMemory } from '../memory.ts';
import type { Saved, StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import { EMPTY_SLOT } from './empty-slot.ts';
import { QUEUE_SIZE_MAX, VirtQueue } from './queue.ts';

export const VIRTIO_MMIO_BYTES = 0x1000;

/** Section 4.2.2, table 4.1. */
const REGISTER = {
  MAGIC: 0x000,
  VERSION: 0x004,
  DEVICE_ID: 0x008,
  VENDOR_ID: 0x00c,
  DEVICE_FEATURES: 0x010,
  DEVICE_FEATURES_SELECT: 0x014,
  DRIVER_FEATURES: 0x020,
  DRIVER_FEATURES_SELECT: 0x024,
  QUEUE_SELECT: 0x030,
  QUEUE_SIZE_MAX: 0x034,
  QUEUE_SIZE: 0x038,
  QUEUE_READY: 0x044,
  QUEUE_NOTIFY: 0x050,
  INTERRUPT_STATUS: 0x060,
  INTERRUPT_ACK: 0x064,
  STATUS: 0x070,
  QUEUE_DESCRIPTORS_LOW: 0x080,
  QUEUE_DESCRIPTORS_HIGH: 0x084,
  QUEUE_AVAILABLE_LOW: 0x090,
  QUEUE_AVAILABLE_HIGH: 0x094,
  QUEUE_USED_LOW: 0x0a0,
  QUEUE_USED_HIGH: 0x0a4,
  SHM_LENGTH_LOW: 0x0b0,
  SHM_BASE_HIGH: 0x0bc,
  QUEUE_RESET: 0x0c0,
  CONFIG_GENERATION: 0x0fc,
  CONFIG: 0x100,
} as const;

const MAGIC = 0x7472_6976;
const VENDOR = 0x554d_4551;
const INTERRUPT_QUEUE = 1;
const INTERRUPT_CONFIG = 2;
const STATUS = { DRIVER_OK: 4, FEATURES_OK: 8, NEEDS_RESET: 64 } as const;
/** Feature bits of the transport and rings: bit number. */
const FEATURE_INDIRECT = 28;
const FEATURE_EVENT_INDEX = 29;
const FEATURE_VERSION_1 = 32;
const FEATURE_RING_RESET = 40;
const HIGH_FEATURES = (1 << (FEATURE_VERSION_1 - 32)) | (1 << (FEATURE_RING_RESET - 32));
const ALL_ONES = 0xffff_ffff;
const TWO_32 = 0x1_0000_0000;
/** Bytes that a queue may move before the machine looks at its other duties: some tenths of a second at worst. */
const ALLOWANCE_BYTES = 128 * 1024 * 1024;

/** What a kind of device adds to the transport. */
export interface VirtioModel extends Saved {
  /** Section 5. */
  readonly deviceId: number;
  readonly queueCount: number;
  /** Feature bits 31..0 of this kind of device. */
  readonly features: number;
  /** Configuration space; may change, with transport.configChanged(). */
  readonly config: Uint8Array;
  /** The driver notified queue `index`. */
  notify(index: number, transport: VirtioMmio): void;
  /** The driver wrote the device's configuration space; absent where it is read-only. */
  writeConfig?(offset: number, size: number, value: number): void;
  /** Called at slice ends while the driver is up. */
  poll?(transport: VirtioMmio): void;
  /** When poll() has something to do, from now on; Infinity or left out where that is not known. */
  dueInNs?(): number;
  reset(): void;
  /** The driver took queue `index` back: nothing of it may be used any more. */
  queueReset?(index: number): void;
  /** It was taken out of the machine for good: what it holds of the host is given back. */
  close?(): void;
}

export class VirtioMmio implements Device {
  model: VirtioModel = EMPTY_SLOT;
  queues: readonly VirtQueue[] = [];
  readonly memory: PhysicalMemory;
  private readonly interrupt: InterruptLine;
  private deviceFeaturesSelect = 0;
  private driverFeaturesSelect = 0;
  private driverFeatures = [0, 0];
  private queueSelect = 0;
  private interruptStatus = 0;
  private status = 0;
  private generation = 0;

  constructor(memory: PhysicalMemory, interrupt: InterruptLine, model: VirtioModel) {
    this.memory = memory;
    this.interrupt = interrupt;
    this.plug(model);
  }

  get isEmpty(): boolean {
    return this.model === EMPTY_SLOT;
  }

  /** Put a device behind the window, which is empty. */
  plug(model: VirtioModel): void {
    const { memory } = this;
    this.model = model;
    this.queues = Array.from({ length: model.queueCount }, () => new VirtQueue(memory));
  }

  /** Take the device away: the driver finds its registers as after a reset, and no device. */
  unplug(): void {
    const { model } = this;
    this.reset();
    this.plug(EMPTY_SLOT);
    model.close?.();
  }

  reset(): void {
    this.deviceFeaturesSelect = this.driverFeaturesSelect = this.queueSelect = 0;
    this.driverFeatures = [0, 0];
    this.interruptStatus = this.status = 0;
    for (const queue of this.queues) queue.reset();
    this.model.reset();
    this.interrupt.set(false);
  }

  save(): StateValue {
    const { deviceFeaturesSelect, driverFeaturesSelect, driverFeatures } = this;
    const { queueSelect, interruptStatus, status, generation } = this;
    return {
      deviceId: this.model.deviceId,
      deviceFeaturesSelect,
      driverFeaturesSelect,
      driverFeatures: [...driverFeatures],
      queueSelect,
      interruptStatus,
      status,
      generation,
      queues: this.queues.map((queue) => queue.save()),
      model: this.model.save(),
    };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('virtio device', state);
    fields.expect('deviceId', this.model.deviceId);
    const queues = fields.records('queues', this.queues.length);
    this.deviceFeaturesSelect = fields.number('deviceFeaturesSelect');
    this.driverFeaturesSelect = fields.number('driverFeaturesSelect');
    this.driverFeatures = fields.numbers('driverFeatures', 2);
    this.queueSelect = fields.number('queueSelect');
    this.interruptStatus = fields.number('interruptStatus');
    this.status = fields.number('status');
    this.generation = fields.number('generation');
    for (const [i, queue] of queues.entries()) this.queues[i]?.restore(queue);
    this.model.restore(fields.value('model'));
    this.interrupt.set(this.interruptStatus !== 0);
  }

  poll(): void {
    if ((this.status & (STATUS.DRIVER_OK | STATUS.NEEDS_RESET)) !== STATUS.DRIVER_OK) return;
    const { queues } = this;
    for (let index = 0; index < queues.length; index++) {
      const queue = queues[index] as VirtQueue;
      const wasPostponed = queue.isPostponed;
      queue.allow(ALLOWANCE_BYTES);
      if (wasPostponed) this.model.notify(index, this);
    }
    this.model.poll?.(this);
  }

  /** At once, where a queue was given up for a while. */
  dueInNs(): number {
    if (this.queues.some((queue) => queue.isPostponed)) return 0;
    return this.model.dueInNs?.() ?? Infinity;
  }

  /** Whether the driver knows virtio 1; others speak the legacy layout of a device's structures. */
  get isModern(): boolean {
    return this.hasFeature(FEATURE_VERSION_1);
  }

  /** Whether the driver accepted feature bit `bit`. */
  hasFeature(bit: number): boolean {
    return (((this.driverFeatures[bit >>> 5] as number) >>> (bit & 31)) & 1) === 1;
  }

  /** Buffers were put: interrupt the driver if it wants that. */
  queueUsed(queue: VirtQueue): void {
    if (queue.isBroken) this.needsReset();
    else if (queue.shouldInterrupt()) this.raise(INTERRUPT_QUEUE);
  }

  configChanged(): void {
    this.generation = (this.generation + 1) >>> 0;
    this.raise(INTERRUPT_CONFIG);
  }

  read(offset: number, size: number): number {
    if (offset >= REGISTER.CONFIG) return this.readConfig(offset - REGISTER.CONFIG, size);
    if (size !== 4) return BUS_ERROR;
    switch (offset) {
      case REGISTER.MAGIC:
        return MAGIC;
      case REGISTER.VERSION:
        return 2;
      case REGISTER.DEVICE_ID:
        return this.model.deviceId;
      case REGISTER.VENDOR_ID:
        return VENDOR;
      case REGISTER.DEVICE_FEATURES:
        return this.features(this.deviceFeaturesSelect);
      case REGISTER.QUEUE_SIZE_MAX:
        return this.queue ? QUEUE_SIZE_MAX : 0;
      case REGISTER.QUEUE_READY:
        return this.queue?.isReady ? 1 : 0;
      case REGISTER.INTERRUPT_STATUS:
        return this.interruptStatus;
      case REGISTER.STATUS:
        return this.status;
      case REGISTER.CONFIG_GENERATION:
        return this.generation;
      default:
        // No device has shared memory: length and base of any region read as all ones (section 4.2.2).
        return offset >= REGISTER.SHM_LENGTH_LOW && offset <= REGISTER.SHM_BASE_HIGH ? ALL_ONES : 0;
    }
  }

  write(offset: number, size: number, value: number): number {
    if (offset >= REGISTER.CONFIG) {
      this.model.writeConfig?.(offset - REGISTER.CONFIG, size, value);
      return 0;
    }
    if (size !== 4) return BUS_ERROR;
    switch (offset) {
      case REGISTER.DEVICE_FEATURES_SELECT:
        this.deviceFeaturesSelect = value;
        break;
      case REGISTER.DRIVER_FEATURES:
        this.acceptFeatures(value);
        break;
      case REGISTER.DRIVER_FEATURES_SELECT:
        this.driverFeaturesSelect = value;
        break;
      case REGISTER.QUEUE_SELECT:
        this.queueSelect = value;
        break;
      case REGISTER.QUEUE_NOTIFY:
        this.notify(value);
        break;
      case REGISTER.INTERRUPT_ACK:
        this.interruptStatus &= ~value;
        this.interrupt.set(this.interruptStatus !== 0);
        break;
      case REGISTER.STATUS:
        this.setStatus(value);
        break;
      default:
        this.writeQueue(offset, value);
        break;
    }
    return 0;
  }

  private get queue(): VirtQueue | undefined {
    return this.queues[this.queueSelect];
  }

  private features(word: number): number {
    const rings = ((1 << FEATURE_INDIRECT) | (1 << FEATURE_EVENT_INDEX)) >>> 0;
    if (word === 0) return (this.model.features | rings) >>> 0;
    return word === 1 ? HIGH_FEATURES : 0;
  }

  /** What is accepted stands with FEATURES_OK (section 3.1.1). */
  private acceptFeatures(value: number): void {
    if ((this.status & STATUS.FEATURES_OK) !== 0 || this.driverFeaturesSelect > 1) return;
    this.driverFeatures[this.driverFeaturesSelect] = value;
  }

  /**
   * A driver that accepts what was not offered does not get FEATURES_OK (section 3.1.1). One that does not accept
   * VERSION_1 does, as on QEMU: xv6 leaves the upper features alone.
   */
  private setStatus(value: number): void {
    if (value === 0) {
      this.reset();
      return;
    }
    const [low = 0, high = 0] = this.driverFeatures;
    const isAcceptable = (low & ~this.features(0)) === 0 && (high & ~this.features(1)) === 0;
    const status = isAcceptable ? value : value & ~STATUS.FEATURES_OK;
    // Only a reset takes back that one is needed.
    this.status = (status & 0xff) | (this.status & STATUS.NEEDS_RESET);
    for (const queue of this.queues) queue.hasEventIndex = this.hasFeature(FEATURE_EVENT_INDEX);
  }

  private writeQueue(offset: number, value: number): void {
    const { queue } = this;
    if (!queue) return;
    if (offset === REGISTER.QUEUE_READY) {
      if (value === 0) queue.isReady = false;
      else if (!queue.start()) this.needsReset();
      return;
    }
    if (offset === REGISTER.QUEUE_RESET) {
      if (value === 1 && this.hasFeature(FEATURE_RING_RESET)) this.resetQueue(queue);
      return;
    }
    // A queue in use does not change under the device's hands.
    if (queue.isReady) return;
    switch (offset) {
      case REGISTER.QUEUE_SIZE:
        queue.size = value;
        break;
      case REGISTER.QUEUE_DESCRIPTORS_LOW:
        queue.descriptors = withLow(queue.descriptors, value);
        break;
      case REGISTER.QUEUE_DESCRIPTORS_HIGH:
        queue.descriptors = withHigh(queue.descriptors, value);
        break;
      case REGISTER.QUEUE_AVAILABLE_LOW:
        queue.available = withLow(queue.available, value);
        break;
      case REGISTER.QUEUE_AVAILABLE_HIGH:
        queue.available = withHigh(queue.available, value);
        break;
      case REGISTER.QUEUE_USED_LOW:
        queue.used = withLow(queue.used, value);
        break;
      case REGISTER.QUEUE_USED_HIGH:
        queue.used = withHigh(queue.used, value);
        break;
      default:
        break;
    }
  }

  private notify(index: number): void {
    const queue = this.queues[index];
    if (!queue || (this.status & STATUS.NEEDS_RESET) !== 0) return;
    for (const each of this.queues) each.allow(ALLOWANCE_BYTES);
    this.model.notify(index, this);
    if (this.queues.some((each) => each.isBroken)) this.needsReset();
  }

  /** Section 2.6.1: it is done when the write is. */
  private resetQueue(queue: VirtQueue): void {
    queue.reset();
    queue.hasEventIndex = this.hasFeature(FEATURE_EVENT_INDEX);
    this.model.queueReset?.(this.queueSelect);
  }

  private needsReset(): void {
    if ((this.status & STATUS.NEEDS_RESET) !== 0) return;
    this.status |= STATUS.NEEDS_RESET;
    if ((this.status & STATUS.DRIVER_OK) !== 0) this.configChanged();
  }

  private raise(bit: number): void {
    this.interruptStatus |= bit;
    this.interrupt.set(true);
  }

  private readConfig(offset: number, size: number): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (this.model.config[offset + i] ?? 0);
    return value;
  }
}

function withLow(address: number, low: number): number {
  return address - (address % TWO_32) + low;
}

function withHigh(address: number, high: number): number {
  return (address % TWO_32) + high * TWO_32;
}
