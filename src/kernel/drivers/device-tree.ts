/** Flattened device tree reader: Devicetree Specification v0.4, chapter 5. */
import { EINVAL, KernelError } from '../../abi/errno.ts';

const MAGIC = 0xd00dfeed;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const NOP = 4;
const END = 9;

export interface Region {
  address: number;
  size: number;
}

/** A node with its raw properties; values are big-endian. */
export class DeviceNode {
  readonly name: string;
  readonly parent: DeviceNode | undefined;
  readonly children: DeviceNode[] = [];
  readonly properties = new Map<string, Uint8Array>();

  constructor(name: string, parent: DeviceNode | undefined) {
    this.name = name;
    this.parent = parent;
  }

  /** Absolute path, for messages. */
  get path(): string {
    if (!this.parent) return '/';
    return this.parent.parent ? `${this.parent.path}/${this.name}` : `/${this.name}`;
  }

  /** All 32-bit cells of a property; empty when it is absent. */
  cells(property: string): number[] {
    const bytes = this.properties.get(property);
    if (!bytes) return [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: bytes.length >>> 2 }, (_, i) => view.getUint32(i * 4));
  }

  u32(property: string): number | undefined {
    return this.cells(property)[0];
  }

  /** The NUL-terminated strings of a property. */
  strings(property: string): string[] {
    const bytes = this.properties.get(property);
    if (!bytes) return [];
    return String.fromCharCode(...bytes)
      .split('\0')
      .slice(0, -1);
  }

  string(property: string): string | undefined {
    return this.strings(property)[0];
  }

  isCompatible(name: string): boolean {
    return this.strings('compatible').includes(name);
  }

  /** `reg`, by the cell counts of the parent (section 2.3.6). */
  regions(): Region[] {
    const addressCells = this.parent?.u32('#address-cells') ?? 2;
    const sizeCells = this.parent?.u32('#size-cells') ?? 1;
    const cells = this.cells('reg');
    const regions: Region[] = [];
    const stride = addressCells + sizeCells;
    for (let i = 0; stride > 0 && i + stride <= cells.length; i += stride) {
      const address = joinCells(cells.slice(i, i + addressCells));
      regions.push({ address, size: joinCells(cells.slice(i + addressCells, i + stride)) });
    }
    return regions;
  }

  child(name: string): DeviceNode | undefined {
    return this.children.find((node) => node.name === name || node.name.split('@')[0] === name);
  }

  /** This node and all below it, in the order of the blob. */
  *walk(): Generator<DeviceNode> {
    yield this;
    for (const child of this.children) yield* child.walk();
  }

  findByPhandle(phandle: number): DeviceNode | undefined {
    for (const node of this.walk()) if (node.u32('phandle') === phandle) return node;
    return undefined;
  }
}

function joinCells(cells: readonly number[]): number {
  return cells.reduce((value, cell) => value * 0x1_0000_0000 + cell, 0);
}

/** Names of nodes and properties have 31 characters at most (2.2.1, 2.2.4); unit addresses and old habits come on top. */
const MAX_NAME_BYTES = 255;

/** The root node of a blob. Throws EINVAL when it is malformed. */
export function parseDeviceTree(blob: Uint8Array): DeviceNode {
  const bad = (what: string): KernelError => new KernelError(EINVAL, `device tree: ${what}`);
  if (blob.length < 40) throw bad('shorter than its header');
  const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
  if (view.getUint32(0) !== MAGIC) throw bad('wrong magic');
  const structure = view.getUint32(8);
  const strings = view.getUint32(12);
  const stringAt = (at: number): string => {
    const end = at < blob.length ? blob.indexOf(0, at) : -1;
    if (end < 0 || end - at > MAX_NAME_BYTES) throw bad('a name without an end');
    return String.fromCharCode(...blob.subarray(at, end));
  };
  let at = structure;
  let node: DeviceNode | undefined;
  let root: DeviceNode | undefined;
  while (at + 4 <= blob.length) {
    const token = view.getUint32(at);
    at += 4;
    if (token === BEGIN_NODE) {
      const name = stringAt(at);
      at = alignUp(at + name.length + 1);
      const child: DeviceNode = new DeviceNode(name, node);
      node?.children.push(child);
      root ??= child;
      node = child;
    } else if (token === END_NODE) {
      node = node?.parent;
    } else if (token === PROPERTY) {
      if (at + 8 > blob.length) throw bad('a property is cut off');
      const length = view.getUint32(at);
      if (at + 8 + length > blob.length) throw bad('a value is cut off');
      const name = stringAt(strings + view.getUint32(at + 4));
      if (!node) throw bad('property outside of a node');
      node.properties.set(name, blob.slice(at + 8, at + 8 + length));
      at = alignUp(at + 8 + length);
    } else if (token === END) {
      if (!root) throw bad('no root node');
      return root;
    } else if (token !== NOP) {
      throw bad(`unknown token ${token} at ${at - 4}`);
    }
  }
  throw bad('no end token');
}

function alignUp(at: number): number {
  return Math.ceil(at / 4) * 4;
}
