/** THE table of device numbers: which major and minor is which device, and how it is opened. Linux: Documentation/admin-guide/devices.txt. */
import { ENXIO, fail } from '../../abi/errno.ts';
import { deviceMajor, deviceMinor, makeDevice, S_IFBLK, S_IFMT } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import type { Inode } from '../../fs/inode.ts';
import { type DeviceNodeRow, DISK_GROUP, diskNode } from '../block/device-node-row.ts';
import { ensureLoop, LoopControlFile } from '../block/loop-control.ts';
import { LOOP_DRIVER, LOOP_MAJOR } from '../block/loop-disk.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import {
  openControllingTerminal,
  openMaster,
  openSlave,
  openSystemConsole,
  openTerminal,
} from '../tty/open.ts';
import { openBlockDevice } from './block-file.ts';
import { FullFile, KernelLogFile, NullFile, RandomFile, ZeroFile } from './memory-devices.ts';
import { openPhysicalMemory } from './physical-memory.ts';
import { openRtc, RTC_MAJOR } from './rtc.ts';
import { DSP_MINOR, openDsp, SOUND_MAJOR } from './sound.ts';
import {
  FIRST_SERIAL,
  HVC_MAJOR,
  PTS_MAJOR,
  TTY_MAJOR,
  terminalDevice,
} from './terminal-numbers.ts';
import { openWatchdog, WATCHDOG_MAJOR, WATCHDOG_MINOR } from './watchdog.ts';

/** What opening a device may use. */
export interface DeviceOpen {
  readonly kernel: Kernel;
  /** Who opens; undefined when the kernel itself does. */
  readonly task: Task | undefined;
  readonly inode: Inode;
  readonly minor: number;
  readonly flags: number;
}

interface DeviceRow {
  readonly major: number;
  /** First minor and how many. */
  readonly minor: number;
  readonly count: number;
  /** As /proc/devices names the driver. */
  readonly driver: string;
  open(request: DeviceOpen): File;
}

const MEM = 1;
const TTYAUX = 5;
const MISC = 10;
const LOOP_CONTROL = 237;
/** Group `tty` of Debian and of our image. */
export const TTY_GROUP = 5;
const KMEM_GROUP = 15;
const AUDIO_GROUP = 29;

const CHARACTER_DEVICES: readonly DeviceRow[] = [
  one(MEM, 1, 'mem', ({ kernel, task, inode, flags }) =>
    openPhysicalMemory(kernel, task, inode, flags),
  ),
  one(MEM, 3, 'mem', ({ inode, flags }) => new NullFile(inode, flags)),
  one(MEM, 5, 'mem', ({ kernel, inode, flags }) => new ZeroFile(kernel, inode, flags)),
  one(MEM, 7, 'mem', ({ kernel, inode, flags }) => new FullFile(kernel, inode, flags)),
  one(MEM, 8, 'mem', ({ kernel, inode, flags }) => new RandomFile(kernel, inode, flags)),
  one(MEM, 9, 'mem', ({ kernel, inode, flags }) => new RandomFile(kernel, inode, flags)),
  one(MEM, 11, 'mem', ({ kernel, inode, flags }) => new KernelLogFile(kernel, inode, flags)),
  one(MISC, LOOP_CONTROL, 'misc', ({ inode, flags }) => new LoopControlFile(inode, flags)),
  one(MISC, WATCHDOG_MINOR, 'misc', ({ kernel, inode, flags }) =>
    openWatchdog(kernel, inode, flags),
  ),
  one(WATCHDOG_MAJOR, 0, 'watchdog', ({ kernel, inode, flags }) =>
    openWatchdog(kernel, inode, flags),
  ),
  one(TTYAUX, 0, '/dev/tty', openControllingTerminal),
  one(TTYAUX, 1, '/dev/console', openSystemConsole),
  one(TTYAUX, 2, '/dev/ptmx', openMaster),
  one(SOUND_MAJOR, DSP_MINOR, 'sound', ({ kernel, inode, flags }) => openDsp(kernel, inode, flags)),
  one(RTC_MAJOR, 0, 'rtc', ({ kernel, inode, flags }) => openRtc(kernel, inode, flags)),
  { major: TTY_MAJOR, minor: FIRST_SERIAL, count: 4, driver: 'ttyS', open: openTerminal },
  { major: HVC_MAJOR, minor: 0, count: 8, driver: 'hvc', open: openTerminal },
  { major: PTS_MAJOR, minor: 0, count: 4096, driver: 'pts', open: openSlave },
];

function one(
  major: number,
  minor: number,
  driver: string,
  open: (request: DeviceOpen) => File,
): DeviceRow {
  return { major, minor, count: 1, driver, open };
}

/** Nodes that every machine has, with Debian's modes and groups. */
const FIXED_NODES: readonly (readonly [string, number, number, number, number])[] = [
  ['mem', 0o640, KMEM_GROUP, MEM, 1],
  ['null', 0o666, 0, MEM, 3],
  ['zero', 0o666, 0, MEM, 5],
  ['full', 0o666, 0, MEM, 7],
  ['random', 0o666, 0, MEM, 8],
  ['urandom', 0o666, 0, MEM, 9],
  ['kmsg', 0o644, 0, MEM, 11],
  ['tty', 0o666, TTY_GROUP, TTYAUX, 0],
  ['console', 0o600, 0, TTYAUX, 1],
  ['ptmx', 0o666, TTY_GROUP, TTYAUX, 2],
  ['loop-control', 0o660, DISK_GROUP, MISC, LOOP_CONTROL],
  ['dsp', 0o660, AUDIO_GROUP, SOUND_MAJOR, DSP_MINOR],
  ['watchdog', 0o600, 0, MISC, WATCHDOG_MINOR],
  ['watchdog0', 0o600, 0, WATCHDOG_MAJOR, 0],
];

/** All nodes of this machine, those of its hardware included. */
export function deviceNodes(kernel: Kernel): DeviceNodeRow[] {
  const { uarts, consoles, rtc } = kernel.hardware;
  const nodes: DeviceNodeRow[] = FIXED_NODES.map(([name, mode, gid, major, minor]) => ({
    name,
    mode,
    gid,
    device: makeDevice(major, minor),
    isBlock: false,
  }));
  const terminal = (name: string, device: number): DeviceNodeRow => {
    return { name, mode: 0o620, gid: TTY_GROUP, device, isBlock: false };
  };
  uarts.forEach((uart, i) => {
    nodes.push(terminal(uart.name, terminalDevice('ttyS', i)));
  });
  consoles.forEach((port, i) => {
    nodes.push(terminal(port.name, terminalDevice('hvc', i)));
  });
  if (rtc)
    nodes.push({
      name: 'rtc0',
      mode: 0o600,
      gid: 0,
      device: makeDevice(RTC_MAJOR, 0),
      isBlock: false,
    });
  return [...nodes, ...kernel.hardware.blockDevices().map(diskNode)];
}

/** Open the device that a special file stands for. Throws ENXIO when there is none. */
export function openDevice(
  kernel: Kernel,
  task: Task | undefined,
  inode: Inode,
  flags: number,
): File {
  const major = deviceMajor(inode.rdev);
  const minor = deviceMinor(inode.rdev);
  if ((inode.mode & S_IFMT) === S_IFBLK) {
    if (major === LOOP_MAJOR) ensureLoop(kernel, minor);
    return openBlockDevice(kernel, inode, major, minor, flags);
  }
  const row = CHARACTER_DEVICES.find(
    (device) =>
      device.major === major && minor >= device.minor && minor < device.minor + device.count,
  );
  if (!row) throw fail(ENXIO, `no character device ${major}:${minor}`);
  return row.open({ kernel, task, inode, minor: minor - row.minor, flags });
}

const driverLine = (major: number, driver: string): string =>
  `${String(major).padStart(3)} ${driver}\n`;

/** Lines of /proc/devices: the loop driver is there before the first of its disks, as what asks for loop devices looks here. */
export function deviceList(kernel: Kernel): string {
  const seen = new Set<string>();
  for (const { major, driver } of CHARACTER_DEVICES) seen.add(driverLine(major, driver));
  const drivers = new Set([driverLine(LOOP_MAJOR, LOOP_DRIVER)]);
  for (const { deviceNumber, driver } of kernel.hardware.disks)
    drivers.add(driverLine(deviceMajor(deviceNumber), driver));
  return `Character devices:\n${[...seen].join('')}\nBlock devices:\n${[...drivers].join('')}`;
}
