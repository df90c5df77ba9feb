/** Firmware's console, the UART, polled; debug console extension: SBI 2.0, chapter 12. */
import { BUS_ERROR } from '../device.ts';
import type { FirmwareBoard, SbiCall, SbiExtension } from './call.ts';
import { SBI_ERROR, SBI_EXTENSION, type SbiError } from './sbi.ts';

/** The 16550 of the device table. */
const UART = { BASE: 0x1000_0000, DATA: 0, LINE_STATUS: 5, READY: 1 } as const;
const FUNCTION = { WRITE: 0, READ: 1, WRITE_BYTE: 2 } as const;

export function writeConsole({ bus }: FirmwareBoard, byte: number): void {
  bus.write(UART.BASE + UART.DATA, 1, byte);
}

/** The next byte that was typed, or -1. */
export function readConsole({ bus }: FirmwareBoard): number {
  const status = bus.read(UART.BASE + UART.LINE_STATUS, 1);
  if (status === BUS_ERROR || (status & UART.READY) === 0) return -1;
  return bus.read(UART.BASE + UART.DATA, 1);
}

/** Number of bytes in a0, their physical address in a1 (and a2: none of this machine's lies there). */
function buffer(call: SbiCall): { address: number; length: number } | undefined {
  const length = call.number(0);
  const address = call.number(1);
  if (call.number(2) !== 0 || !call.board.memory.contains(address, length)) return undefined;
  return { address, length };
}

function write(call: SbiCall): SbiError {
  const range = buffer(call);
  const bytes = range && call.board.memory.dmaRead(range.address, range.length);
  if (!bytes) return SBI_ERROR.INVALID_PARAM;
  for (const byte of bytes) writeConsole(call.board, byte);
  call.give(bytes.length);
  return SBI_ERROR.SUCCESS;
}

function read(call: SbiCall): SbiError {
  const range = buffer(call);
  if (!range) return SBI_ERROR.INVALID_PARAM;
  let count = 0;
  for (; count < range.length; count++) {
    const byte = readConsole(call.board);
    if (byte < 0) break;
    call.board.memory.dmaWrite(range.address + count, 1)?.fill(byte);
  }
  call.give(count);
  return SBI_ERROR.SUCCESS;
}

export const debugConsoleExtension: SbiExtension = {
  id: SBI_EXTENSION.DBCN,
  call(call, functionId) {
    switch (functionId) {
      case FUNCTION.WRITE:
        return write(call);
      case FUNCTION.READ:
        return read(call);
      case FUNCTION.WRITE_BYTE:
        writeConsole(call.board, call.low(0) & 0xff);
        return SBI_ERROR.SUCCESS;
      default:
        return SBI_ERROR.NOT_SUPPORTED;
    }
  },
};
