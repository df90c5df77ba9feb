/** The boot ROM, and QEMU's reset vector in it. Harts start in RAM, with the registers that its code leaves when it is executed. */
import { BUS_ERROR, type Device } from './device.ts';
import { ROM_BYTES } from './hart-layout.ts';
import type { StateValue } from './state.ts';
import { StateFields } from './state-fields.ts';

export class Rom implements Device {
  readonly isWide = true;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  /** `bytes`: where it lies, ROM_BYTES long; harts fetch from there. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  reset(): void {
    // What is burnt in stays.
  }

  save(): StateValue {
    return { bytes: this.bytes.slice() };
  }

  restore(state: StateValue): void {
    this.burn(new StateFields('rom', state).bytes('bytes'));
  }

  /** From the board's side: content from the start on; the rest becomes 0. At most ROM_BYTES. */
  burn(content: Uint8Array): void {
    this.bytes.fill(0);
    this.bytes.set(content.subarray(0, ROM_BYTES));
  }

  read(offset: number, size: number): number {
    if (size === 1) return this.view.getUint8(offset);
    return size === 2 ? this.view.getUint16(offset, true) : this.view.getUint32(offset, true);
  }

  write(): number {
    return BUS_ERROR;
  }
}

/** Offsets of the values behind the code; each is a 64-bit word. */
const START = 24;
const DEVICE_TREE = 32;
const DYNAMIC_INFO = 40;
/** "OSBI": struct fw_dynamic_info of OpenSBI, which a firmware of that kind finds by register a2. */
const DYNAMIC_MAGIC = 0x4942_534f;
const DYNAMIC_VERSION = 2;
const SUPERVISOR = 1;
const VECTOR_BYTES = DYNAMIC_INFO + 48;
const TWO_32 = 0x1_0000_0000;

/** The code: hart number in a0, device tree in a1, fw_dynamic_info in a2, and a jump to the start. */
const CODE = [
  0x0000_0297, // auipc t0, 0
  0x0282_8613, // addi  a2, t0, 40
  0xf140_2573, // csrr  a0, mhartid
  0x0202_b583, // ld    a1, 32(t0)
  0x0182_b283, // ld    t0, 24(t0)
  0x0002_8067, // jr    t0
];

/** Content of the ROM, as the QEMU virt machine has it. `next`: where M-mode firmware goes on in S-mode; 0 where it knows. */
export function resetVector(start: number, deviceTree: number, next = 0): Uint8Array {
  const vector = new DataView(new ArrayBuffer(VECTOR_BYTES));
  const wide = (offset: number, value: number): void => {
    vector.setUint32(offset, value % TWO_32, true);
    vector.setUint32(offset + 4, Math.floor(value / TWO_32), true);
  };
  CODE.forEach((instruction, i) => {
    vector.setUint32(4 * i, instruction, true);
  });
  wide(START, start);
  wide(DEVICE_TREE, deviceTree);
  // Magic, version, next address, its mode, options, boot hart.
  const info = [DYNAMIC_MAGIC, DYNAMIC_VERSION, next, SUPERVISOR, 0, 0];
  info.forEach((value, i) => {
    wide(DYNAMIC_INFO + 8 * i, value);
  });
  return new Uint8Array(vector.buffer);
}
