/**
 * /dev/watchdog: a machine whose owner stops telling that he is well restarts, by a timer of the kernel's. Linux: drivers/watchdog/softdog.c,
 * watchdog_dev.c; Documentation/watchdog/watchdog-api.rst.
 */
import { EBUSY, EINVAL, ENOTTY, EOPNOTSUPP, fail } from '../../abi/errno.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import type { Inode } from '../../fs/inode.ts';
import { toBytes } from '../../lib/bytes.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { Result } from '../block.ts';
import type { Kernel } from '../kernel.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';
import { Timer, type TimerTarget } from '../timer.ts';

/** misc.h: WATCHDOG_MINOR. */
export const WATCHDOG_MINOR = 130;
/** Of /dev/watchdog0: a dynamic major, as Debian's kernels give. */
export const WATCHDOG_MAJOR = 248;

/** linux/watchdog.h. */
const WDIOC_GETSUPPORT = 0x8028_5700;
const WDIOC_GETSTATUS = 0x8004_5701;
const WDIOC_GETBOOTSTATUS = 0x8004_5702;
const WDIOC_SETOPTIONS = 0x8004_5704;
const WDIOC_KEEPALIVE = 0x8004_5705;
const WDIOC_SETTIMEOUT = 0xc004_5706;
const WDIOC_GETTIMEOUT = 0x8004_5707;
const WDIOC_SETPRETIMEOUT = 0xc004_5708;
const WDIOC_GETPRETIMEOUT = 0x8004_5709;
const WDIOC_GETTIMELEFT = 0x8004_570a;
const WDIOF_SETTIMEOUT = 0x80;
const WDIOF_MAGICCLOSE = 0x100;
const WDIOF_KEEPALIVEPING = 0x8000;
const WDIOS_DISABLECARD = 1;
const WDIOS_ENABLECARD = 2;

const SUPPORT_BYTES = 40;
const IDENTITY = 'Software Watchdog';
const DEFAULT_SECONDS = 60;
const MAX_SECONDS = 65_535;
const MAGIC = 'V'.charCodeAt(0);
/** What is looked through at a time. */
const PART_BYTES = 4096;

export class Watchdog implements TimerTarget {
  /** Seconds without a word until the restart. */
  timeout = DEFAULT_SECONDS;
  owner: WatchdogFile | undefined = undefined;
  private readonly kernel: Kernel;
  private readonly timer: Timer = new Timer(this, 'watchdog');

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  get isActive(): boolean {
    return this.timer.isArmed;
  }

  /** It runs from now on; or its owner is well, and has the whole time again. */
  start(): void {
    const { clock, timers } = this.kernel;
    timers.arm(this.timer, clock.monotonicNs() + this.timeout * 1e9);
  }

  stop(): void {
    this.kernel.timers.disarm(this.timer);
  }

  /** Its owner left without having said that he would. */
  wasLeft(): void {
    this.kernel.printk('watchdog: watchdog0: watchdog did not stop!');
    this.start();
  }

  expire(): void {
    this.kernel.printk('softdog: Initiating system reboot');
    this.kernel.poweredOff = { kind: 'restart', status: 0 };
  }
}

export class WatchdogFile extends KernelFile {
  private readonly dog: Watchdog;
  /** The magic character was in the last write. */
  private mayStop = false;
  /** Since the status was last asked for. */
  private wasWell = false;

  constructor(inode: Inode, flags: number, dog: Watchdog) {
    super(inode, flags);
    this.dog = dog;
    dog.start();
  }

  poll(): number {
    return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
  }

  override read(): number {
    throw fail(EINVAL, 'nothing to read');
  }

  override write(buffer: IoBuffer): number {
    const { length } = buffer;
    if (length === 0) return 0;
    this.mayStop = false;
    for (let at = 0; at < length && !this.mayStop; at += PART_BYTES) {
      const part = new Uint8Array(Math.min(PART_BYTES, length - at));
      buffer.copyOut(part, at);
      this.mayStop = part.includes(MAGIC);
    }
    this.ping();
    return length;
  }

  private ping(): void {
    this.wasWell = true;
    if (this.dog.isActive) this.dog.start();
  }

  override ioctl({ memory }: Task, request: number, argument: number): Result {
    const { dog } = this;
    switch (request >>> 0) {
      case WDIOC_GETSUPPORT:
        memory.writeBytes(argument, encodeSupport());
        return 0;
      case WDIOC_GETSTATUS:
        memory.writeU32(argument, this.takeStatus());
        return 0;
      case WDIOC_GETBOOTSTATUS:
      case WDIOC_GETPRETIMEOUT:
        memory.writeU32(argument, 0);
        return 0;
      case WDIOC_SETOPTIONS:
        return this.setOptions(memory.readU32(argument));
      case WDIOC_KEEPALIVE:
        this.ping();
        return 0;
      case WDIOC_SETTIMEOUT:
        this.setTimeout(memory.readI32(argument));
        memory.writeU32(argument, dog.timeout);
        return 0;
      case WDIOC_GETTIMEOUT:
        memory.writeU32(argument, dog.timeout);
        return 0;
      case WDIOC_SETPRETIMEOUT:
      case WDIOC_GETTIMELEFT:
        throw fail(EOPNOTSUPP, 'softdog has none');
      default:
        throw fail(ENOTTY, 'no request of watchdogs');
    }
  }

  private takeStatus(): number {
    const status = (this.mayStop ? WDIOF_MAGICCLOSE : 0) | (this.wasWell ? WDIOF_KEEPALIVEPING : 0);
    this.wasWell = false;
    return status;
  }

  private setOptions(options: number): number {
    if ((options & WDIOS_DISABLECARD) !== 0) this.dog.stop();
    if ((options & WDIOS_ENABLECARD) !== 0) this.dog.start();
    else if ((options & WDIOS_DISABLECARD) === 0) throw fail(ENOTTY, 'no option');
    return 0;
  }

  private setTimeout(seconds: number): void {
    if (seconds < 1 || seconds > MAX_SECONDS) throw fail(EINVAL, 'timeout');
    this.dog.timeout = seconds;
    this.ping();
  }

  override release(): void {
    const { dog } = this;
    dog.owner = undefined;
    if (dog.isActive && this.mayStop) dog.stop();
    else if (dog.isActive) dog.wasLeft();
    super.release();
  }
}

/** struct watchdog_info: options, version of the firmware, name. */
function encodeSupport(): Uint8Array {
  const bytes = new Uint8Array(SUPPORT_BYTES);
  const options = WDIOF_SETTIMEOUT | WDIOF_KEEPALIVEPING | WDIOF_MAGICCLOSE;
  new DataView(bytes.buffer).setUint32(0, options, true);
  bytes.set(toBytes(IDENTITY), 8);
  return bytes;
}

/** Throws EBUSY while another has it open. */
export function openWatchdog({ watchdog }: Kernel, inode: Inode, flags: number): WatchdogFile {
  if (watchdog.owner) throw fail(EBUSY, 'the watchdog is in use');
  watchdog.owner = new WatchdogFile(inode, flags, watchdog);
  return watchdog.owner;
}
