/** uname(2), sethostname(2), setdomainname(2), sysinfo(2), getrandom(2), syslog(2), reboot(2). */
import { EINVAL, EPERM, fail, KernelError } from '../../abi/errno.ts';
import { Sysinfo, Utsname } from '../../abi/utsname.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import { block, type Result } from '../block.ts';
import { CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_TTY_CONFIG, CAP_SYSLOG } from '../credentials.ts';
import { CONSOLE_LEVEL } from '../dmesg.ts';
import type { UserBuffer } from '../mm/user-memory.ts';
import type { Task } from '../task.ts';

const MAX_NAME_BYTES = 64;
const UTS_FIELDS = ['sysname', 'nodename', 'release', 'version', 'machine', 'domainname'] as const;

/** A struct utsname on its way. */
const NAMES = new Uint8Array(Utsname.size);

export function uname(task: Task, address: number): number {
  const { uts } = task.kernel;
  NAMES.fill(0);
  for (const field of UTS_FIELDS) {
    const text = uts[field];
    const at = Utsname.offset[field];
    for (let i = 0; i < text.length; i++) NAMES[at + i] = text.charCodeAt(i);
  }
  task.memory.writeBytes(address, NAMES);
  return 0;
}

function readName(task: Task, buffer: UserBuffer): string {
  if (!task.credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(EPERM, 'CAP_SYS_ADMIN');
  if (buffer.length > MAX_NAME_BYTES) throw fail(EINVAL, 'length of the name');
  const bytes = new Uint8Array(buffer.length);
  buffer.copyOut(bytes, 0);
  return fromBytes(bytes);
}

export function sethostname(task: Task, name: UserBuffer): number {
  task.kernel.uts.nodename = readName(task, name);
  return 0;
}

export function setdomainname(task: Task, name: UserBuffer): number {
  task.kernel.uts.domainname = readName(task, name);
  return 0;
}

/** Load averages here are fixed-point with 16 fraction bits: SI_LOAD_SHIFT. */
export function sysinfo(task: Task, address: number): number {
  const { frames, clock, load, pids, arch } = task.kernel;
  const [load1, load5, load15] = load.averages.map((value) => Math.round(value * 65536));
  task.memory.write(Sysinfo, address, {
    uptime: Math.floor(clock.monotonicNs() / 1e9),
    load1: load1 ?? 0,
    load5: load5 ?? 0,
    load15: load15 ?? 0,
    totalram: arch.ram.size,
    freeram: frames.free * 4096,
    procs: Math.min(pids.tasks.size, 0xffff),
    mem_unit: 1,
  });
  return 0;
}

const GRND_NONBLOCK = 1;
const GRND_RANDOM = 2;
const GRND_INSECURE = 4;
const RANDOM_CHUNK_BYTES = 65536;

/** getrandom(2): never short of entropy. Errors: EFAULT, EINVAL. */
export function getrandom(task: Task, buffer: UserBuffer, flags: number): number {
  const known = GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE;
  if (
    (flags & ~known) !== 0 ||
    (flags & (GRND_RANDOM | GRND_INSECURE)) === (GRND_RANDOM | GRND_INSECURE)
  )
    throw fail(EINVAL, 'flags');
  const length = Math.min(buffer.length, 0x7fff_ffff);
  for (let done = 0; done < length; done += RANDOM_CHUNK_BYTES) {
    const bytes = task.kernel.random(Math.min(RANDOM_CHUNK_BYTES, length - done));
    buffer.copyIn(bytes, done);
  }
  return length;
}

/** Actions of syslog(2). */
const SYSLOG_CLOSE = 0;
const SYSLOG_OPEN = 1;
const SYSLOG_READ = 2;
const SYSLOG_CONSOLE_OFF = 6;
const SYSLOG_CONSOLE_ON = 7;
const SYSLOG_CONSOLE_LEVEL = 8;
const SYSLOG_READ_ALL = 3;
const SYSLOG_READ_CLEAR = 4;
const SYSLOG_CLEAR = 5;
const SYSLOG_SIZE_UNREAD = 9;
const SYSLOG_SIZE_BUFFER = 10;
const LOG_BUFFER_BYTES = 131072;

const LONGEST = 2 ** 31 - 1;

function checkTarget(address: number, length: number): void {
  if (address === 0 || length > LONGEST) throw fail(EINVAL, 'buffer');
}

/** syslog(2). Errors: EFAULT, EINTR, EINVAL, EPERM. */
export function syslog(task: Task, action: number, address: number, length: number): Result {
  const { log } = task.kernel;
  const needsPrivilege = action !== SYSLOG_READ_ALL && action !== SYSLOG_SIZE_BUFFER;
  if (needsPrivilege && !task.credentials.hasCapability(CAP_SYSLOG))
    throw fail(EPERM, 'CAP_SYSLOG');
  switch (action) {
    case SYSLOG_CLOSE:
    case SYSLOG_OPEN:
      return 0;
    case SYSLOG_CONSOLE_OFF:
      log.consoleLevel = 1;
      return 0;
    case SYSLOG_CONSOLE_ON:
      log.consoleLevel = CONSOLE_LEVEL;
      return 0;
    case SYSLOG_CONSOLE_LEVEL:
      if (length < 1 || length > 8) throw fail(EINVAL, 'console level');
      log.consoleLevel = length;
      return 0;
    case SYSLOG_READ: {
      checkTarget(address, length);
      if (length === 0) return 0;
      if (log.unreadText() === '') return block(task, log.queue);
      task.memory.readBytes(address, 1);
      const text = toBytes(log.takeUnread(length));
      task.memory.writeBytes(address, text);
      return text.length;
    }
    case SYSLOG_READ_ALL:
    case SYSLOG_READ_CLEAR: {
      checkTarget(address, length);
      const text = toBytes(log.text());
      const tail = text.subarray(Math.max(0, text.length - length));
      task.memory.writeBytes(address, tail);
      if (action === SYSLOG_READ_CLEAR) log.clear();
      return tail.length;
    }
    case SYSLOG_CLEAR:
      log.clear();
      return 0;
    case SYSLOG_SIZE_UNREAD:
      return log.unreadText().length;
    case SYSLOG_SIZE_BUFFER:
      return LOG_BUFFER_BYTES;
    default:
      throw fail(EINVAL, `action ${action}`);
  }
}

const REBOOT_MAGIC1 = 0xfee1dead;
const REBOOT_MAGIC2: ReadonlySet<number> = new Set([672274793, 85072278, 369367448, 537993216]);
const CMD_RESTART = 0x01234567;
const CMD_HALT = 0xcdef0123;
const CMD_CAD_ON = 0x89abcdef;
const CMD_CAD_OFF = 0;
const CMD_POWER_OFF = 0x4321fedc;
const CMD_RESTART2 = 0xa1b2c3d4;

/**
 * reboot(2). Hartix: POWER_OFF with a non-null argument ends the host command with the decimal status that it points to.
 * Errors: EINVAL, EPERM.
 */
export function reboot(
  task: Task,
  magic1: number,
  magic2: number,
  command: number,
  argument: number,
): number {
  if (!task.credentials.hasCapability(CAP_SYS_BOOT)) throw fail(EPERM, 'CAP_SYS_BOOT');
  if (magic1 !== REBOOT_MAGIC1 || !REBOOT_MAGIC2.has(magic2)) throw fail(EINVAL, 'magic');
  const { kernel } = task;
  switch (command) {
    case CMD_RESTART:
    case CMD_RESTART2:
      kernel.printk('reboot: Restarting system');
      kernel.poweredOff = { kind: 'restart', status: 0 };
      return 0;
    case CMD_HALT:
      kernel.printk('reboot: System halted');
      kernel.poweredOff = { kind: 'halt', status: 0 };
      return 0;
    case CMD_POWER_OFF:
      kernel.poweredOff = { kind: 'off', status: readStatus(task, argument) };
      kernel.printk('reboot: Power down');
      return 0;
    case CMD_CAD_ON:
    case CMD_CAD_OFF:
      return 0;
    default:
      throw fail(EINVAL, `command 0x${command.toString(16)}`);
  }
}

/** Programs that call reboot(RB_POWER_OFF) leave the fourth register undefined: what is no number there is no status. */
function readStatus(task: Task, address: number): number {
  if (address === 0) return 0;
  try {
    const text = task.memory.readString(address, 4);
    return /^\d{1,3}$/.test(text) ? Number(text) & 0xff : 0;
  } catch (error) {
    if (error instanceof KernelError) return 0;
    throw error;
  }
}

/** vhangup(2): of the caller's terminal. Errors: EPERM. */
export function vhangup(task: Task): number {
  const { credentials, process } = task;
  if (!credentials.hasCapability(CAP_SYS_TTY_CONFIG)) throw fail(EPERM, 'CAP_SYS_TTY_CONFIG');
  process.session.terminal?.hangUp();
  return 0;
}
