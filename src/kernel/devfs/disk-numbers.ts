/** Device numbers of disks, for the driver and the table of devices. */

/** Major number of virtio disks (Linux takes a dynamic one); a disk has 16 minors, of which only the first is used. */
export const VIRTIO_BLOCK_MAJOR = 254;
export const MINORS_PER_DISK = 16;
