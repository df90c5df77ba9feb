/** How a file is a disk: struct loop_info64. */

/** Bytes of the file that are the disk, and how. */
export interface LoopSettings {
  readonly offset: number;
  /** 0: to the end of the file. */
  readonly sizeLimit: number;
  readonly isReadOnly: boolean;
  /** It lets go of the file when it is closed and unmounted. */
  readonly isAutoClear: boolean;
  readonly hasPartitionScan: boolean;
  /** lo_file_name: what the owner calls it, NUL-padded. */
  readonly fileName: Uint8Array;
}
