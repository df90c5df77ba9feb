/** Hartix: boot a RISC-V machine with a Linux-like kernel from a program. See README.md for a first example. */
export type { DeviceInfo, DeviceOptions, Devices } from './api/devices.ts';
export {
  ClosedError,
  GuestFileError,
  HartixError,
  KernelPanicError,
  LimitError,
  OptionError,
  WaitError,
} from './api/errors.ts';
export type { EventOptions, EventStream } from './api/events.ts';
export { type ExploredOutcome, type ExploreOptions, explore, type Outcome } from './api/explore.ts';
export type { GuestFiles, ListOptions, ReadOptions, WriteOptions } from './api/files.ts';
export type { GuestDirent, GuestStats } from './api/guest-stats.ts';
export type { HostCall, HostCommand } from './api/host-commands.ts';
export { Hub } from './api/hub.ts';
export type { Inspection } from './api/inspection.ts';
export type {
  MountInfo,
  OpenFileInfo,
  SyscallInfo,
  ThreadInfo,
} from './api/kernel-tables.ts';
export type { Limits } from './api/limits.ts';
export { Machine, openMachine } from './api/machine.ts';
export type { MachineOptions } from './api/machine-options.ts';
export type { BootOptions, MountSource, VolumeLike } from './api/options.ts';
export type { WaitOptions } from './api/output-watcher.ts';
export type { MemoryMapping, ProcessInfo } from './api/processes.ts';
export type { ExitStatus, Program } from './api/program.ts';
export type { Screen, ScreenCell } from './api/program-screen.ts';
export {
  type Replay,
  type ReplayOptions,
  type ReplayResult,
  replay,
  type SeekOptions,
  seek,
} from './api/replay.ts';
export type { Hook, HookAnswer, HookedCall, Hooks } from './api/syscall-hooks.ts';
export {
  boot,
  type ExecOptions,
  type ExecResult,
  type SpawnOptions,
  type System,
} from './api/system.ts';
export type { Template } from './api/template.ts';
export type {
  CallStream,
  CodeLine,
  EventKind,
  EventTypes,
  HotRegion,
  HotRegions,
  InjectedFault,
  LogEvent,
  LogLineItem,
  Pace,
  PageFaultEvent,
  PageWalk,
  PageWalkStep,
  ProcessEvent,
  RunTrace,
  SignalEvent,
  Stand,
  Stuck,
  SwitchStream,
  SyscallEvent,
  WindowSize,
} from './protocol.ts';
