/** Virtio over MMIO, driver side: virtio 1.2 sections 3.1.1 (initialisation) and 4.2 (registers). */
import { EIO, fail } from '../../abi/errno.ts';
import type { FrameSource } from '../../fs/page-frames.ts';
import type { Platform } from '../../platform/platform.ts';
import { MAX_QUEUE_SIZE, Virtqueue } from './virtqueue.ts';

/** Register offsets, section 4.2.2. */
const MAGIC_VALUE = 0x000;
const VERSION = 0x004;
const DEVICE_ID = 0x008;
const DEVICE_FEATURES = 0x010;
const DEVICE_FEATURES_SEL = 0x014;
const DRIVER_FEATURES = 0x020;
const DRIVER_FEATURES_SEL = 0x024;
const QUEUE_SEL = 0x030;
const QUEUE_NUM_MAX = 0x034;
const QUEUE_NUM = 0x038;
const QUEUE_READY = 0x044;
const QUEUE_NOTIFY = 0x050;
const INTERRUPT_STATUS = 0x060;
const INTERRUPT_ACK = 0x064;
const STATUS = 0x070;
const QUEUE_DESC = 0x080;
const QUEUE_DRIVER = 0x090;
const QUEUE_DEVICE = 0x0a0;
const CONFIG = 0x100;

const MAGIC = 0x74726976;
const STATUS_ACKNOWLEDGE = 1;
const STATUS_DRIVER = 2;
const STATUS_DRIVER_OK = 4;
const STATUS_FEATURES_OK = 8;
const STATUS_FAILED = 128;
/** Feature bit 32, VIRTIO_F_VERSION_1: bit 0 of the second word. */
const VERSION_1 = 1;

/** A bit of the interrupt status register; bit 0 says that a buffer was used. */
export const CONFIG_CHANGE = 2;

/** One virtio device behind its MMIO window. */
export class VirtioTransport {
  readonly platform: Platform;
  readonly frames: FrameSource;
  private readonly base: number;

  constructor(platform: Platform, frames: FrameSource, base: number) {
    this.platform = platform;
    this.frames = frames;
    this.base = base;
  }

  /** Device type (section 5); 0 for an empty slot or something that is no virtio 1.x device. */
  get deviceId(): number {
    if (this.read(MAGIC_VALUE) !== MAGIC || this.read(VERSION) !== 2) return 0;
    return this.read(DEVICE_ID);
  }

  /** Stop the device: it touches no memory of its queues any more. */
  reset(): void {
    this.write(STATUS, 0);
  }

  /** The queue's memory, after reset(). */
  releaseQueue(queue: Virtqueue): void {
    this.frames.release(queue.descriptorAddress);
  }

  /** Reset the device and agree on features; returns those agreed (bits 0-31). Throws EIO when the device refuses. */
  begin(wantedFeatures: number): number {
    this.reset();
    this.write(STATUS, STATUS_ACKNOWLEDGE);
    this.write(STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    this.write(DEVICE_FEATURES_SEL, 0);
    const features = (this.read(DEVICE_FEATURES) & wantedFeatures) >>> 0;
    this.write(DRIVER_FEATURES_SEL, 0);
    this.write(DRIVER_FEATURES, features);
    this.write(DRIVER_FEATURES_SEL, 1);
    this.write(DRIVER_FEATURES, VERSION_1);
    const status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
    this.write(STATUS, status);
    if (!(this.read(STATUS) & STATUS_FEATURES_OK)) {
      this.write(STATUS, STATUS_FAILED);
      throw fail(EIO, 'virtio device refused the features');
    }
    return features;
  }

  /** Set up queue `index` in a frame of its own (section 4.2.3.2). */
  queue(index: number): Virtqueue {
    this.write(QUEUE_SEL, index);
    const size = Math.min(this.read(QUEUE_NUM_MAX), MAX_QUEUE_SIZE);
    if (size === 0) throw fail(EIO, 'virtio device lacks a queue');
    const queue = new Virtqueue(this.platform.memory, this.frames.allocate(), size);
    this.write(QUEUE_NUM, size);
    this.writeAddress(QUEUE_DESC, queue.descriptorAddress);
    this.writeAddress(QUEUE_DRIVER, queue.availableAddress);
    this.writeAddress(QUEUE_DEVICE, queue.usedAddress);
    this.write(QUEUE_READY, 1);
    return queue;
  }

  /** All queues are set up: the device may work. */
  finish(): void {
    this.write(STATUS, this.read(STATUS) | STATUS_DRIVER_OK);
  }

  notify(queue: number): void {
    this.write(QUEUE_NOTIFY, queue);
  }

  /** Read and acknowledge the interrupt status, which may have CONFIG_CHANGE. */
  acknowledge(): number {
    const status = this.read(INTERRUPT_STATUS);
    this.write(INTERRUPT_ACK, status);
    return status;
  }

  configU8(offset: number): number {
    return this.platform.readMmio(this.base + CONFIG + offset, 1);
  }
  configU16(offset: number): number {
    return this.platform.readMmio(this.base + CONFIG + offset, 2);
  }
  configU32(offset: number): number {
    return this.platform.readMmio(this.base + CONFIG + offset, 4);
  }

  private read(offset: number): number {
    return this.platform.readMmio(this.base + offset, 4) >>> 0;
  }
  private write(offset: number, value: number): void {
    this.platform.writeMmio(this.base + offset, 4, value);
  }
  private writeAddress(offset: number, address: number): void {
    this.write(offset, address >>> 0);
    this.write(offset + 4, Math.floor(address / 0x1_0000_0000));
  }
}
