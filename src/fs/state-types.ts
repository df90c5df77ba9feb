/** Classes of file systems that a snapshot may hold: part of kernel/state-types.ts. */
import { ByteQueue } from '../lib/byte-queue.ts';
import { Fifo } from '../lib/fifo.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import { NinePClient } from './9p/client.ts';
import { NineP } from './9p/ninep.ts';
import { NinePDirectoryFile, NinePFile } from './9p/ninep-file.ts';
import { NinePInode } from './9p/ninep-inode.ts';
import { PageTransfers } from './9p/page-transfers.ts';
import { BlockTree, TreeNode } from './cowfs/block-tree.ts';
import { CowAttributes } from './cowfs/cow-attributes.ts';
import { CowDirectory } from './cowfs/cow-directory.ts';
import { CowInode } from './cowfs/cow-inode.ts';
import { CowView } from './cowfs/cow-view.ts';
import { Cowfs } from './cowfs/cowfs.ts';
import { CowInodeTable } from './cowfs/inode-table.ts';
import { SectorMap } from './cowfs/sector-map.ts';
import { SnapshotDirectory } from './cowfs/snapshot-directory.ts';
import { Store } from './cowfs/store.ts';
import { Dentry, NameNode } from './dentry.ts';
import { DirectoryFile } from './directory-file.ts';
import { ErrorSequence } from './error-sequence.ts';
import { Ext4Attributes } from './ext4/attributes.ts';
import { BlockCache, CachedBlock } from './ext4/block-cache.ts';
import { BlockIn } from './ext4/block-in.ts';
import { BlockMap } from './ext4/block-map.ts';
import { Ext4 } from './ext4/ext4.ts';
import { Ext4Inode } from './ext4/ext4-inode.ts';
import { ExtentNode } from './ext4/extent-node.ts';
import { ExtentTree } from './ext4/extent-tree.ts';
import { GroupDescriptors } from './ext4/group-descriptors.ts';
import { Groups } from './ext4/groups.ts';
import { InodeTable } from './ext4/inode-table.ts';
import { Journal } from './ext4/journal/journal.ts';
import { LogArea } from './ext4/journal/log-area.ts';
import { JournalSuperblock } from './ext4/journal/records.ts';
import { MetadataChecksums } from './ext4/metadata-checksums.ts';
import { MetadataWrites } from './ext4/metadata-writes.ts';
import { OrphanList } from './ext4/orphan-list.ts';
import { StoredInode } from './ext4/stored-inode.ts';
import { Superblock } from './ext4/superblock.ts';
import { SuperblockStore } from './ext4/superblock-store.ts';
import { ClusterChain } from './fat/cluster-chain.ts';
import { Directory } from './fat/directory.ts';
import { Fat } from './fat/fat.ts';
import { FatInode } from './fat/fat-inode.ts';
import { FatTable } from './fat/fat-table.ts';
import { VolumeState } from './fat/volume-state.ts';
import { FileLocks, LockTable } from './file-lock.ts';
import { IoBatch } from './io-batch.ts';
import { Iso9660 } from './iso9660/iso9660.ts';
import { Iso9660Inode } from './iso9660/iso9660-inode.ts';
import { LateTransfer } from './late-transfer.ts';
import { Mount } from './mount.ts';
import { MountTable } from './mount-table.ts';
import { NameCache } from './name-cache.ts';
import { NotedWrites } from './noted-writes.ts';
import { Layers } from './overlay/layers.ts';
import { Overlay } from './overlay/overlay.ts';
import { OverlayAttributes } from './overlay/overlay-attributes.ts';
import { OverlayFile } from './overlay/overlay-file.ts';
import { OverlayInode } from './overlay/overlay-inode.ts';
import { PageAccount } from './page-account.ts';
import { PageCache } from './page-cache.ts';
import { PageIn } from './page-in.ts';
import { PageOut } from './page-out.ts';
import { Pipe } from './pipe.ts';
import { PipeFile, PipeFileSystem, PipeInode, PipeRoot } from './pipe-file.ts';
import { RaidArray } from './raid/raid-array.ts';
import { ReadAhead } from './read-ahead.ts';
import { RegularFile } from './regular-file.ts';
import { AttributeTable } from './squashfs/attributes.ts';
import { Squashfs } from './squashfs/squashfs.ts';
import { SquashfsInode } from './squashfs/squashfs-inode.ts';
import { Storage } from './squashfs/storage.ts';
import { Ramfs, RamfsInode } from './tmpfs/ramfs.ts';
import { Tmpfs } from './tmpfs/tmpfs.ts';
import { TmpfsDirectory } from './tmpfs/tmpfs-directory.ts';
import { TmpfsInode } from './tmpfs/tmpfs-inode.ts';
import { TmpfsAttributes } from './tmpfs/tmpfs-xattrs.ts';
import { Xv6 } from './xv6/xv6.ts';
import { Xv6Inode } from './xv6/xv6-inode.ts';

export const FILE_SYSTEM_CLASSES = {
  AttributeTable,
  BlockCache,
  BlockIn,
  BlockMap,
  BlockTree,
  ByteQueue,
  CachedBlock,
  ClusterChain,
  CowAttributes,
  CowDirectory,
  Cowfs,
  CowInode,
  CowInodeTable,
  CowView,
  Dentry,
  Directory,
  DirectoryFile,
  ErrorSequence,
  Ext4,
  Ext4Attributes,
  Ext4Inode,
  ExtentNode,
  ExtentTree,
  Fat,
  VolumeState,
  FatInode,
  FatTable,
  Fifo,
  FileLocks,
  IoBatch,
  LateTransfer,
  NotedWrites,
  PageIn,
  PageOut,
  MetadataWrites,
  GroupDescriptors,
  Groups,
  InodeTable,
  Iso9660,
  Iso9660Inode,
  Journal,
  JournalSuperblock,
  Layers,
  LockTable,
  LogArea,
  MetadataChecksums,
  Mount,
  MountTable,
  NameCache,
  NameNode,
  NineP,
  NinePClient,
  NinePDirectoryFile,
  NinePFile,
  NinePInode,
  OrphanList,
  Overlay,
  OverlayAttributes,
  OverlayFile,
  OverlayInode,
  PageAccount,
  PageCache,
  PageTransfers,
  Pipe,
  PipeFile,
  PipeFileSystem,
  PipeInode,
  PipeRoot,
  RaidArray,
  Ramfs,
  RamfsInode,
  ReadAhead,
  RegularFile,
  SectorMap,
  SnapshotDirectory,
  Squashfs,
  SquashfsInode,
  Storage,
  Store,
  StoredInode,
  Superblock,
  SuperblockStore,
  Tmpfs,
  TmpfsAttributes,
  TmpfsDirectory,
  TmpfsInode,
  TreeNode,
  WaitQueue,
  Xv6,
  Xv6Inode,
};
