/** Where functions start, by the table of .eh_frame_hdr (Linux Standard Base Core, "Exception Frames"), which stripping leaves. */

const VERSION = 1;
/** DWARF exception header encodings: the count as udata4, the table as sdata4 relative to the section. */
const COUNT_ENCODING = 0x03;
const TABLE_ENCODING = 0x3b;
const COUNT_AT = 8;
const TABLE_AT = 12;
/** {start of the function, its frame description}. */
const ENTRY_BYTES = 8;

/** Ascending. None where the table is encoded in another way than linkers write it, or is cut off. */
export function unwindStarts(section: { address: bigint; bytes: Uint8Array }): bigint[] {
  const { address, bytes } = section;
  if (bytes.length < TABLE_AT) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [version, , count, table] = bytes;
  if (version !== VERSION || count !== COUNT_ENCODING || table !== TABLE_ENCODING) return [];
  const entries = view.getUint32(COUNT_AT, true);
  if (entries * ENTRY_BYTES > bytes.length - TABLE_AT) return [];
  return Array.from(
    { length: entries },
    (_, k) => address + BigInt(view.getInt32(TABLE_AT + k * ENTRY_BYTES, true)),
  );
}
