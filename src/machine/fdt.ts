/** Flattened device tree writer: Devicetree specification 0.4, chapter 5, version 17. */

/** Cells (u32 each), one string, a list of strings, or true: present without a value. */
export type FdtValue = readonly number[] | string | readonly string[] | true;

export interface FdtNode {
  /** Unit address included: `uart@10000000`; empty for the root. */
  readonly name: string;
  readonly properties: Readonly<Record<string, FdtValue>>;
  readonly children?: readonly FdtNode[];
}

const MAGIC = 0xd00d_feed;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;
/** One all-zero entry ends the memory reservation block. */
const RESERVATION_BYTES = 16;
const TOKEN = { BEGIN_NODE: 1, END_NODE: 2, PROPERTY: 3, END: 9 } as const;

const encoder = new TextEncoder();

/** Big-endian bytes that grow. */
class Block {
  private readonly bytes: number[] = [];

  get length(): number {
    return this.bytes.length;
  }

  word(value: number): void {
    this.bytes.push(
      (value >>> 24) & 0xff,
      (value >>> 16) & 0xff,
      (value >>> 8) & 0xff,
      value & 0xff,
    );
  }

  /** NUL-terminated. */
  text(text: string): void {
    this.bytes.push(...encoder.encode(text), 0);
  }

  append(other: Uint8Array): void {
    this.bytes.push(...other);
  }

  align(): void {
    while (this.bytes.length % 4 !== 0) this.bytes.push(0);
  }

  toBytes(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

function valueBytes(value: FdtValue): Uint8Array {
  const block = new Block();
  if (value === true) return block.toBytes();
  for (const item of typeof value === 'string' ? [value] : value) {
    if (typeof item === 'number') block.word(item);
    else block.text(item);
  }
  return block.toBytes();
}

class Writer {
  private readonly structure = new Block();
  private readonly strings = new Block();
  private readonly stringOffsets = new Map<string, number>();

  node(node: FdtNode): void {
    this.structure.word(TOKEN.BEGIN_NODE);
    this.structure.text(node.name);
    this.structure.align();
    for (const [name, value] of Object.entries(node.properties)) this.property(name, value);
    for (const child of node.children ?? []) this.node(child);
    this.structure.word(TOKEN.END_NODE);
  }

  private property(name: string, value: FdtValue): void {
    const bytes = valueBytes(value);
    this.structure.word(TOKEN.PROPERTY);
    this.structure.word(bytes.length);
    this.structure.word(this.stringOffset(name));
    this.structure.append(bytes);
    this.structure.align();
  }

  private stringOffset(name: string): number {
    let offset = this.stringOffsets.get(name);
    if (offset === undefined) {
      offset = this.strings.length;
      this.stringOffsets.set(name, offset);
      this.strings.text(name);
    }
    return offset;
  }

  /** header | reservations | structure | strings */
  finish(): Uint8Array {
    this.structure.word(TOKEN.END);
    const structureAt = HEADER_BYTES + RESERVATION_BYTES;
    const stringsAt = structureAt + this.structure.length;
    const file = new Block();
    file.word(MAGIC);
    file.word(stringsAt + this.strings.length);
    file.word(structureAt);
    file.word(stringsAt);
    file.word(HEADER_BYTES);
    file.word(VERSION);
    file.word(LAST_COMPATIBLE_VERSION);
    file.word(0); // boot_cpuid_phys
    file.word(this.strings.length);
    file.word(this.structure.length);
    file.append(new Uint8Array(RESERVATION_BYTES));
    file.append(this.structure.toBytes());
    file.append(this.strings.toBytes());
    return file.toBytes();
  }
}

/** The blob of a tree. */
export function flattenDeviceTree(root: FdtNode): Uint8Array {
  const writer = new Writer();
  writer.node(root);
  return writer.finish();
}
