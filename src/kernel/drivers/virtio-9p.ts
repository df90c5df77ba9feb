/** 9P transport: virtio 1.2 section 5.9 (device type 9); one request at a time, answered while the device is notified. */
import { EIO, EMSGSIZE, fail } from '../../abi/errno.ts';
import type { FileSystem, NinePChannel } from '../../fs/filesystem.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { PlatformMemory } from '../../platform/platform.ts';
import type { InterruptTarget } from './plic.ts';
import type { VirtioTransport } from './virtio.ts';
import type { Segment, Virtqueue } from './virtqueue.ts';

const F_MOUNT_TAG = 1 << 0;
/** Frames for each direction: a message holds 128 KiB of data besides its header. */
const FRAMES = 33;
/** Longest failure: its header and an errno. What comes straight into pages has room for one in front of them. */
const FAILURE_BYTES = 11;

export class Virtio9p implements NinePChannel, InterruptTarget {
  readonly name: string;
  readonly mountTag: string;
  readonly maxMessageBytes = FRAMES * PAGE_SIZE;
  mounted: FileSystem | undefined = undefined;
  private isGone = false;
  private readonly transport: VirtioTransport;
  private readonly memory: PlatformMemory;
  private readonly queue: Virtqueue;
  private readonly requestFrames: number[] = [];
  private readonly replyFrames: number[] = [];

  constructor(name: string, transport: VirtioTransport) {
    this.name = name;
    this.transport = transport;
    this.memory = transport.platform.memory;
    transport.begin(F_MOUNT_TAG);
    this.queue = transport.queue(0);
    transport.finish();
    const length = transport.configU16(0);
    const tag = Array.from({ length }, (_, i) => transport.configU8(2 + i));
    this.mountTag = String.fromCharCode(...tag);
  }

  interrupt(): void {
    this.transport.acknowledge();
  }

  /** The driver lets go of the device, and gives its memory back. */
  remove(): void {
    this.isGone = true;
    this.transport.reset();
    const { frames } = this.transport;
    for (const frame of [...this.requestFrames.splice(0), ...this.replyFrames.splice(0)])
      frames.release(frame);
    this.transport.releaseQueue(this.queue);
  }

  request(message: Uint8Array, room = PAGE_SIZE): Uint8Array {
    this.prepare();
    const chain = this.requestSegments(message);
    const length = Math.min(room, this.maxMessageBytes);
    for (let at = 0; at < length; at += PAGE_SIZE)
      chain.push(replySegment(this.replyFrames[at / PAGE_SIZE] as number, PAGE_SIZE));
    return this.replyOf(this.exchange(chain));
  }

  readPages(message: Uint8Array, frames: readonly number[]): Uint8Array {
    this.prepare();
    const chain = this.requestSegments(message);
    chain.push(replySegment(this.replyFrames[0] as number, FAILURE_BYTES));
    for (const frame of frames) chain.push(replySegment(frame, PAGE_SIZE));
    return this.replyOf(Math.min(this.exchange(chain), FAILURE_BYTES));
  }

  private requestSegments(message: Uint8Array): Segment[] {
    if (message.length > this.maxMessageBytes) throw fail(EMSGSIZE, '9p message too long');
    const chain: Segment[] = [];
    for (let at = 0; at < message.length; at += PAGE_SIZE) {
      const address = this.requestFrames[at / PAGE_SIZE] as number;
      const piece = message.subarray(at, at + PAGE_SIZE);
      this.memory.u8.set(piece, address - this.memory.base);
      chain.push({ address, length: piece.length, isDeviceWritten: false });
    }
    return chain;
  }

  /** Bytes of the answer. Throws EIO. */
  private exchange(chain: readonly Segment[]): number {
    if (this.queue.submit(chain) === undefined) throw fail(EIO, '9p queue is full');
    this.transport.notify(0);
    const used = this.queue.takeUsed();
    if (!used) throw fail(EIO, '9p request was not answered');
    return used.length;
  }

  private replyOf(length: number): Uint8Array {
    const reply = new Uint8Array(length);
    for (let at = 0; at < length; at += PAGE_SIZE) {
      const from = (this.replyFrames[at / PAGE_SIZE] as number) - this.memory.base;
      const count = Math.min(PAGE_SIZE, length - at);
      reply.set(this.memory.u8.subarray(from, from + count), at);
    }
    return reply;
  }

  /** A channel that is never mounted costs no memory. Throws EIO, ENOMEM. */
  private prepare(): void {
    if (this.isGone) throw fail(EIO, 'the share was taken away');
    while (this.requestFrames.length < FRAMES) {
      this.requestFrames.push(this.transport.frames.allocate());
      this.replyFrames.push(this.transport.frames.allocate());
    }
  }
}

function replySegment(address: number, length: number): Segment {
  return { address, length, isDeviceWritten: true };
}
