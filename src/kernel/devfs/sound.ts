/**
 * /dev/dsp: a sound card of the Open Sound System kind without a loudspeaker. It plays at the rate that was set, so that
 * writers are held up as by a real one, and what was played is gone. One program at a time. OSS 4 Programmer's Guide.
 */
import { EAGAIN, EBUSY, EINVAL, fail } from '../../abi/errno.ts';
import { POLLOUT, POLLWRNORM } from '../../abi/poll.ts';
import { makeDevice } from '../../abi/stat.ts';
import type { Inode } from '../../fs/inode.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import { block, type Result } from '../block.ts';
import type { Ns } from '../clock.ts';
import type { Kernel } from '../kernel.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';
import { Timer, type TimerTarget } from '../timer.ts';

export const SOUND_MAJOR = 14;
export const DSP_MINOR = 3;
export const DSP_DEVICE = makeDevice(SOUND_MAJOR, DSP_MINOR);

const BUFFER_BYTES = 16384;
const FRAGMENT_BYTES = 2048;
/** _IO and _IOWR of 'P': sys/soundcard.h. */
const SNDCTL_DSP_RESET = 0x5000;
const SNDCTL_DSP_SYNC = 0x5001;
const SNDCTL_DSP_SPEED = 0xc004_5002;
const SNDCTL_DSP_STEREO = 0xc004_5003;
const SNDCTL_DSP_GETBLKSIZE = 0xc004_5004;
const SNDCTL_DSP_SETFMT = 0xc004_5005;
const SNDCTL_DSP_CHANNELS = 0xc004_5006;
const SNDCTL_DSP_GETFMTS = 0x8004_500b;
const AFMT_U8 = 8;
const AFMT_S16_LE = 16;
const MIN_RATE = 4000;
const MAX_RATE = 192_000;

export class SoundCard implements TimerTarget {
  /** Samples per second, channels, bytes per sample. */
  rate = 8000;
  channels = 1;
  sampleBytes = 1;
  /** The one who plays. */
  owner: DspFile | undefined = undefined;
  readonly queue = new WaitQueue();
  private readonly kernel: Kernel;
  private readonly timer: Timer = new Timer(this, 'sound');
  /** When what has been written will have been played. */
  endNs: Ns = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  reset(): void {
    this.endNs = 0;
    this.rate = 8000;
    this.channels = 1;
    this.sampleBytes = 1;
    this.queue.wakeAll();
  }

  /** Bytes that are written and not played yet. */
  get bufferedBytes(): number {
    const leftNs = Math.max(0, this.endNs - this.kernel.clock.monotonicNs());
    return Math.ceil((leftNs * this.bytesPerSecond) / 1e9);
  }

  get freeBytes(): number {
    return Math.max(0, BUFFER_BYTES - this.bufferedBytes);
  }

  /** Take `count` bytes, at most freeBytes of them. */
  play(count: number): void {
    const nowNs = this.kernel.clock.monotonicNs();
    this.endNs = Math.max(this.endNs, nowNs) + (count / this.bytesPerSecond) * 1e9;
  }

  /** Wake who waits for room when a fragment of it is free. */
  watch(): void {
    const nowNs = this.kernel.clock.monotonicNs();
    const missing = Math.max(0, FRAGMENT_BYTES - this.freeBytes);
    this.kernel.timers.arm(this.timer, nowNs + (missing / this.bytesPerSecond) * 1e9 + 1);
  }

  expire(): void {
    this.queue.wakeAll();
  }

  private get bytesPerSecond(): number {
    return this.rate * this.channels * this.sampleBytes;
  }
}

export class DspFile extends KernelFile {
  override readonly hasFixedPosition = true;
  private readonly card: SoundCard;

  constructor(inode: Inode, flags: number, card: SoundCard) {
    super(inode, flags);
    this.card = card;
  }

  override get waitQueue(): WaitQueue {
    return this.card.queue;
  }

  poll(): number {
    if (this.card.freeBytes >= FRAGMENT_BYTES) return POLLOUT | POLLWRNORM;
    this.card.watch();
    return 0;
  }

  override read(): number {
    throw fail(EINVAL, 'the card does not record');
  }

  override write(buffer: IoBuffer): number {
    const { card } = this;
    const count = Math.min(buffer.length, card.freeBytes);
    if (count === 0 && buffer.length > 0) {
      card.watch();
      throw fail(EAGAIN, 'the buffer is full');
    }
    card.play(count);
    return count;
  }

  override ioctl(task: Task, request: number, argument: number): Result {
    const { card } = this;
    const { memory } = task;
    switch (request >>> 0) {
      case SNDCTL_DSP_RESET:
        card.reset();
        return 0;
      case SNDCTL_DSP_SYNC:
        if (card.bufferedBytes === 0) return 0;
        return block(task, card.queue, { deadlineNs: card.endNs });
      case SNDCTL_DSP_SPEED:
        card.rate = Math.max(MIN_RATE, Math.min(MAX_RATE, memory.readI32(argument)));
        memory.writeU32(argument, card.rate);
        return 0;
      case SNDCTL_DSP_STEREO:
        card.channels = memory.readI32(argument) === 0 ? 1 : 2;
        memory.writeU32(argument, card.channels - 1);
        return 0;
      case SNDCTL_DSP_CHANNELS:
        card.channels = memory.readI32(argument) >= 2 ? 2 : 1;
        memory.writeU32(argument, card.channels);
        return 0;
      case SNDCTL_DSP_GETBLKSIZE:
        memory.writeU32(argument, FRAGMENT_BYTES);
        return 0;
      case SNDCTL_DSP_GETFMTS:
        memory.writeU32(argument, AFMT_U8 | AFMT_S16_LE);
        return 0;
      case SNDCTL_DSP_SETFMT: {
        const wanted = memory.readI32(argument);
        if (wanted === AFMT_U8) card.sampleBytes = 1;
        else if (wanted === AFMT_S16_LE) card.sampleBytes = 2;
        memory.writeU32(argument, card.sampleBytes === 1 ? AFMT_U8 : AFMT_S16_LE);
        return 0;
      }
      default:
        return super.ioctl(task, request, argument);
    }
  }

  override release(): void {
    this.card.owner = undefined;
    this.card.reset();
    super.release();
  }
}

/** Throws EBUSY while another has it open. */
export function openDsp(kernel: Kernel, inode: Inode, flags: number): DspFile {
  const { sound } = kernel;
  if (sound.owner) throw fail(EBUSY, 'the sound card is in use');
  sound.owner = new DspFile(inode, flags, sound);
  return sound.owner;
}
