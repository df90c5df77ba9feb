/** The back end of a disk that the user named. */
import { FileDisk } from '../machine/host/file-disk.ts';
import type { BlockBackend } from '../machine/virtio/block.ts';
import { OverlayDisk } from '../machine/virtio/overlay.ts';
import type { DiskOption } from '../protocol.ts';

/** Throws node's errors for files that cannot be opened. */
export function openDisk({ path, isReadOnly, isCopied }: DiskOption): BlockBackend {
  const file = new FileDisk(path, isReadOnly || isCopied);
  return isCopied ? new OverlayDisk(file) : file;
}
