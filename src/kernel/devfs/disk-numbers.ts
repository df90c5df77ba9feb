/** Device numbers of disks, for the driver and the table of devices. */

/** Major number of virtio disks (Linux takes a dynamic one); a disk has 16 minors, for itself and 15 partitions. */
export const VIRTIO_BLOCK_MAJOR = 254;
export const MINORS_PER_DISK = 16;
/** Of partitions that their disk has no minor for. Linux: BLOCK_EXT_MAJOR. */
export const BLOCK_EXTENDED_MAJOR = 259;
