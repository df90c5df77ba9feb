/** CRC-32 of IEEE 802.3, bits reflected: gzip's, and that of GUID partition tables. */
const POLYNOMIAL = 0xedb88320;

export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}
