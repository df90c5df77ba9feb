/** Classes of the kernel's folders that a snapshot may hold: part of state-types.ts. */

import { MemberArea } from '../fs/raid/member-area.ts';
import { MdSuperblock } from '../fs/raid/superblock.ts';
import { Arch } from './arch/arch.ts';
import { Asids } from './arch/asid.ts';
import { HartContexts } from './arch/hart-contexts.ts';
import { Ram } from './arch/memory.ts';
import { PageTable } from './arch/page-table.ts';
import { Ticks } from './arch/tick.ts';
import { Vdso } from './arch/vdso.ts';
import { BlockTrace } from './block/block-trace.ts';
import { SchedulerState } from './block/io-scheduler.ts';
import { LateWrites } from './block/late-writes.ts';
import { LoopControlFile } from './block/loop-control.ts';
import { LoopDisk } from './block/loop-disk.ts';
import { MdDisk } from './block/md-disk.ts';
import { Partition } from './block/partition.ts';
import { RequestQueue } from './block/request-queue.ts';
import { WriteChain, WriteStage } from './block/write-chain.ts';
import { BlockFile } from './devfs/block-file.ts';
import { Devpts, DevptsInode, DevptsRoot } from './devfs/devpts.ts';
import { Devtmpfs } from './devfs/devtmpfs.ts';
import { FullFile, KernelLogFile, NullFile, RandomFile, ZeroFile } from './devfs/memory-devices.ts';
import { PhysicalMemoryFile } from './devfs/physical-memory.ts';
import { RtcFile } from './devfs/rtc.ts';
import { DspFile, SoundCard } from './devfs/sound.ts';
import { Watchdog, WatchdogFile } from './devfs/watchdog.ts';
import { BusDevice } from './drivers/bus-device.ts';
import { DeviceNode } from './drivers/device-tree.ts';
import { Hardware } from './drivers/drivers.ts';
import { HotPlugController } from './drivers/hot-plug-controller.ts';
import { Plic } from './drivers/plic.ts';
import { RamDisk } from './drivers/ram-disk.ts';
import { GoldfishRtc } from './drivers/rtc-goldfish.ts';
import { SysconPower } from './drivers/syscon-power.ts';
import { Uart } from './drivers/uart.ts';
import { VirtioTransport } from './drivers/virtio.ts';
import { Virtio9p } from './drivers/virtio-9p.ts';
import { VirtioBlock } from './drivers/virtio-block.ts';
import { BounceFrames } from './drivers/virtio-block-bounce.ts';
import { VirtioBlockRing } from './drivers/virtio-block-ring.ts';
import { VirtioConsole } from './drivers/virtio-console.ts';
import { VirtioRng } from './drivers/virtio-rng.ts';
import { Virtqueue } from './drivers/virtqueue.ts';
import { Ipc, IpcLimits } from './ipc/ipc.ts';
import { IpcObject, IpcTable } from './ipc/ipc-object.ts';
import { MessageQueue } from './ipc/message-queue.ts';
import { MqueueFile } from './ipc/mqueue-file.ts';
import {
  MqueueDirectory,
  MqueueFileSystem,
  MqueueLimits,
  QueueInode,
} from './ipc/mqueue-file-system.ts';
import { PosixQueue } from './ipc/posix-queue.ts';
import { SemaphoreSet, SemaphoreWait } from './ipc/semaphore-set.ts';
import { SharedMemorySegment } from './ipc/shared-memory-segment.ts';
import { UndoList } from './ipc/undo-list.ts';
import { KernelObjects, ObjectCount } from './kernel-objects.ts';
import { Key, Keyring } from './keys/key.ts';
import { KeyAccount, KeyLimits } from './keys/key-accounts.ts';
import { Keys } from './keys/keys.ts';
import { AddressSpace, MemoryLayout } from './mm/address-space.ts';
import { Compaction } from './mm/compaction.ts';
import { FrameAllocator } from './mm/frame-allocator.ts';
import { HugePagePool } from './mm/huge-page-pool.ts';
import { HugePages } from './mm/huge-pages.ts';
import {
  HugetlbDirectory,
  HugetlbFile,
  HugetlbFileSystem,
  HugetlbInode,
} from './mm/hugetlb-file-system.ts';
import { InodeMappings } from './mm/inode-mappings.ts';
import { Khugepaged } from './mm/khugepaged.ts';
import { Kswapd } from './mm/kswapd.ts';
import { MemoryCounters } from './mm/memory-counters.ts';
import { NameSlab } from './mm/name-slab.ts';
import { OutOfMemory } from './mm/out-of-memory.ts';
import { Overcommit } from './mm/overcommit.ts';
import { Reclaim } from './mm/reclaim.ts';
import { SharedMemory } from './mm/shared-memory.ts';
import { ObjectCharge, Slab } from './mm/slab.ts';
import { Swap } from './mm/swap.ts';
import { DiskSwapStore, FileSwapStore, SwapArea } from './mm/swap-area.ts';
import { SwapArrival } from './mm/swap-arrival.ts';
import { UserBuffer, UserMemory, UserVector } from './mm/user-memory.ts';
import { VmaChunk } from './mm/vma-chunk.ts';
import { VmaSet } from './mm/vma-set.ts';
import { VmaTree } from './mm/vma-tree.ts';
import { Watermarks } from './mm/watermarks.ts';
import { WriteBack } from './mm/write-back.ts';
import { LoadedModule, Modules } from './modules/modules.ts';
import { FrameFifo } from './net/frame-fifo.ts';
import { Incoming } from './net/message.ts';
import { Net } from './net/net.ts';
import { NetlinkFamily } from './net/netlink/netlink.ts';
import { NetlinkSocket } from './net/netlink/netlink-socket.ts';
import { SocketOptions } from './net/socket.ts';
import { SocketFileSystem, SocketInode } from './net/socket-file-system.ts';
import { DatagramSocket } from './net/unix/datagram-socket.ts';
import { UnixNames } from './net/unix/names.ts';
import { StreamSocket } from './net/unix/stream-socket.ts';
import { UnixFamily } from './net/unix/unix.ts';
import { UnixMessage } from './net/unix/unix-socket.ts';
import { BranchUsers, TaskBranches } from './perf/branch-counts.ts';
import { PerfEvent } from './perf/event-file.ts';
import { PerfPart } from './perf/part.ts';
import { PerfSettings } from './perf/perf.ts';
import { FdDirectory, FdInfoDirectory } from './procfs/fd-directory.ts';
import { PageCountFile, PageFlagsFile } from './procfs/kernel-pages.ts';
import { MapFilesDirectory } from './procfs/map-files.ts';
import { MemFile } from './procfs/mem-file.ts';
import { PageWalkFile } from './procfs/page-walk.ts';
import { PagemapFile } from './procfs/pagemap.ts';
import { ProcessDirectory, TaskDirectory } from './procfs/pid-directory.ts';
import {
  ProcLinkInode,
  ProcMagicLinkInode,
  ProcSpecialInode,
  ProcTextFile,
  ProcTextInode,
} from './procfs/proc-inode.ts';
import { ProcFileSystem } from './procfs/procfs.ts';
import { ProcRoot } from './procfs/root.ts';
import { RowDirectory } from './procfs/row.ts';
import { TraceFile } from './procfs/trace-file.ts';
import { CpuSleep } from './syscalls/clock.ts';
import { SysFileSystem, SysRoot } from './sysfs/sysfs.ts';
import { InputBuffer } from './tty/input-buffer.ts';
import { LineDiscipline } from './tty/line-discipline.ts';
import { MasterFile } from './tty/master-file.ts';
import { OutputProcessor } from './tty/output.ts';
import { Pty } from './tty/pty.ts';
import { TerminalSettings } from './tty/settings.ts';
import { Terminals } from './tty/terminals.ts';
import { Tty } from './tty/tty.ts';
import { TtyFile } from './tty/tty-file.ts';

export const SUBSYSTEM_CLASSES = {
  PerfEvent,
  PerfPart,
  PerfSettings,
  BranchUsers,
  TaskBranches,
  KernelObjects,
  ObjectCharge,
  ObjectCount,
  Khugepaged,
  Compaction,
  Kswapd,
  NameSlab,
  VmaChunk,
  VmaTree,
  AddressSpace,
  Arch,
  Asids,
  BlockFile,
  BusDevice,
  CpuSleep,
  DatagramSocket,
  DeviceNode,
  Devpts,
  DevptsInode,
  DevptsRoot,
  Devtmpfs,
  DiskSwapStore,
  DspFile,
  FdDirectory,
  FdInfoDirectory,
  FileSwapStore,
  FrameAllocator,
  FrameFifo,
  FullFile,
  GoldfishRtc,
  Hardware,
  HartContexts,
  HotPlugController,
  HugePagePool,
  HugePages,
  HugetlbDirectory,
  HugetlbFile,
  HugetlbFileSystem,
  HugetlbInode,
  Incoming,
  InodeMappings,
  InputBuffer,
  Ipc,
  IpcLimits,
  IpcObject,
  IpcTable,
  KernelLogFile,
  Key,
  KeyAccount,
  KeyLimits,
  Keyring,
  Keys,
  LineDiscipline,
  LoadedModule,
  LoopControlFile,
  LoopDisk,
  MapFilesDirectory,
  MasterFile,
  MdDisk,
  MdSuperblock,
  MemberArea,
  MemFile,
  MemoryCounters,
  MemoryLayout,
  MessageQueue,
  Modules,
  MqueueDirectory,
  MqueueFile,
  MqueueFileSystem,
  MqueueLimits,
  Net,
  NetlinkFamily,
  NetlinkSocket,
  NullFile,
  PhysicalMemoryFile,
  OutOfMemory,
  OutputProcessor,
  Overcommit,
  PageTable,
  PageCountFile,
  PageFlagsFile,
  PageWalkFile,
  PagemapFile,
  Partition,
  Plic,
  PosixQueue,
  ProcFileSystem,
  ProcLinkInode,
  ProcMagicLinkInode,
  ProcRoot,
  ProcSpecialInode,
  ProcTextFile,
  ProcTextInode,
  ProcessDirectory,
  Pty,
  QueueInode,
  Ram,
  RamDisk,
  RandomFile,
  Reclaim,
  LateWrites,
  WriteChain,
  WriteStage,
  RequestQueue,
  RowDirectory,
  SemaphoreSet,
  SemaphoreWait,
  SharedMemory,
  SharedMemorySegment,
  UndoList,
  Slab,
  SocketFileSystem,
  SocketInode,
  SocketOptions,
  SoundCard,
  Watchdog,
  WatchdogFile,
  StreamSocket,
  Swap,
  SwapArea,
  SwapArrival,
  SysFileSystem,
  SysRoot,
  SysconPower,
  TaskDirectory,
  TerminalSettings,
  Terminals,
  Ticks,
  TraceFile,
  Tty,
  TtyFile,
  Uart,
  UnixFamily,
  UnixMessage,
  UnixNames,
  UserBuffer,
  UserMemory,
  UserVector,
  Vdso,
  Virtio9p,
  VirtioBlock,
  BounceFrames,
  VirtioBlockRing,
  BlockTrace,
  RtcFile,
  SchedulerState,
  VirtioConsole,
  VirtioRng,
  VirtioTransport,
  Virtqueue,
  VmaSet,
  Watermarks,
  WriteBack,
  ZeroFile,
};
