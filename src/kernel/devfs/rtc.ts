/** /dev/rtc0: the clock that goes on without power, rtc(4). It is read and set; there are no alarms or periodic interrupts (EINVAL). */
import { EACCES, EAGAIN, EBUSY, EINVAL, ENXIO, fail } from '../../abi/errno.ts';
import type { Inode } from '../../fs/inode.ts';
import type { Result } from '../block.ts';
import { CAP_SYS_TIME } from '../credentials.ts';
import type { GoldfishRtc } from '../drivers/rtc-goldfish.ts';
import type { Kernel } from '../kernel.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';

/** linux/rtc.h: requests about struct rtc_time, nine ints, and those that nothing here can interrupt for. */
const RTC_RD_TIME = 0x8024_7009;
const RTC_SET_TIME = 0x4024_700a;
const RTC_TYPE = 'p'.charCodeAt(0);
const TIME_BYTES = 36;
const DAY_MS = 86_400_000;
/** A dynamic major, as Debian's kernels give. */
export const RTC_MAJOR = 252;

export class RtcFile extends KernelFile {
  private readonly rtc: GoldfishRtc;

  constructor(rtc: GoldfishRtc, inode: Inode, flags: number) {
    super(inode, flags);
    this.rtc = rtc;
    rtc.owner = this;
  }

  poll(): number {
    return 0;
  }

  /** The next interrupt, of which there are none. */
  override read(): number {
    throw fail(EAGAIN, 'no interrupt of the clock');
  }

  override write(): number {
    throw fail(EINVAL, 'write to a clock');
  }

  override ioctl(task: Task, request: number, argument: number): Result {
    if (request === RTC_RD_TIME) {
      task.memory.writeBytes(argument, encodeTime(this.rtc.now().seconds));
      return 0;
    }
    if (request === RTC_SET_TIME) {
      if (!task.credentials.hasCapability(CAP_SYS_TIME)) throw fail(EACCES, 'CAP_SYS_TIME');
      this.rtc.set(decodeTime(task.memory.readBytes(argument, TIME_BYTES)));
      return 0;
    }
    if (((request >>> 8) & 0xff) === RTC_TYPE) throw fail(EINVAL, 'the clock does not interrupt');
    return super.ioctl(task, request, argument);
  }

  override release(): void {
    this.rtc.owner = undefined;
    super.release();
  }
}

/** Throws EBUSY while another has it open, ENXIO without a clock. */
export function openRtc({ hardware }: Kernel, inode: Inode, flags: number): RtcFile {
  const { rtc } = hardware;
  if (rtc === undefined) throw fail(ENXIO, 'no real-time clock');
  if (rtc.owner) throw fail(EBUSY, 'the clock is in use');
  return new RtcFile(rtc, inode, flags);
}

/** struct rtc_time, in UTC: years since 1900, months and days of the year from 0. */
function encodeTime(seconds: number): Uint8Array {
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  const dayOfYear = Math.floor((date.getTime() - Date.UTC(year, 0, 1)) / DAY_MS);
  const clock = [date.getUTCSeconds(), date.getUTCMinutes(), date.getUTCHours()];
  const day = [date.getUTCDate(), date.getUTCMonth(), year - 1900, date.getUTCDay(), dayOfYear, 0];
  return new Uint8Array(Int32Array.from([...clock, ...day]).buffer);
}

/** Seconds since 1970. Throws EINVAL for what is no date. */
function decodeTime(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0] = Array.from(
    { length: 6 },
    (_, i) => view.getInt32(4 * i, true),
  );
  const date = new Date(Date.UTC(year + 1900, month, day, hour, minute, second));
  const isDate =
    date.getUTCMonth() === month &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  if (!isDate || year < 70) throw fail(EINVAL, 'no date');
  return date.getTime() / 1000;
}
