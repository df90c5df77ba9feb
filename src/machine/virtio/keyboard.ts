/** A keyboard as a virtio input device, fed with keys or with the 8-byte reports of a USB keyboard. */
import { lazily } from '../../lib/lazily.ts';
import { EV, type InputDescription, VirtioInput } from './input.ts';

/** Key codes of Linux (input-event-codes.h) by USB usage (HID usage tables 1.3, section 10), from `first` on. */
const KEYS: readonly (readonly [first: number, ...codes: number[]])[] = [
  // A to M, N to Z
  [0x04, 30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50],
  [0x11, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45, 21, 44],
  // 1 to 9, 0
  [0x1e, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  // Enter, Escape, Backspace, Tab, Space, - = [ ] \ (twice) ; ' ` , . /
  [0x28, 28, 1, 14, 15, 57, 12, 13, 26, 27, 43, 43, 39, 40, 41, 51, 52, 53],
  // Caps Lock, F1 to F12
  [0x39, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 87, 88],
  // Print Screen, Scroll Lock, Pause, Insert, Home, Page Up, Delete, End, Page Down, Right, Left, Down, Up
  [0x46, 99, 70, 119, 110, 102, 104, 111, 107, 109, 106, 105, 108, 103],
  // Keypad: Num Lock / * - + Enter 1 to 9 0 .
  [0x53, 69, 98, 55, 74, 78, 96, 79, 80, 81, 75, 76, 77, 71, 72, 73, 82, 83],
  // The key beside the left Shift, Application
  [0x64, 86, 127],
  // Left and right: Control, Shift, Alt, GUI
  [0xe0, 29, 42, 56, 125, 97, 54, 100, 126],
];
const codesByUsage = lazily(
  (): ReadonlyMap<number, number> =>
    new Map(KEYS.flatMap(([first, ...codes]) => codes.map((code, i) => [first + i, code]))),
);

/** Report of a boot keyboard (USB HID 1.11, appendix B.1): modifiers, reserved, up to six usages. */
const REPORT = { BYTES: 8, KEYS: 2, MODIFIERS: 8 } as const;
const FIRST_MODIFIER = 0xe0;
/** In all six places when more keys are down than fit. */
const ERROR_ROLL_OVER = 1;

const LEDS = { NUM_LOCK: 0, CAPS_LOCK: 1, SCROLL_LOCK: 2 } as const;
/** The guest repeats keys by itself: delay and period can be set. */
const REPEAT = [0, 1];

const description = (): InputDescription => ({
  name: 'Hartix virtio keyboard',
  serial: '',
  product: 1,
  codes: new Map([
    [EV.KEY, [...new Set(codesByUsage().values())]],
    [EV.LED, Object.values(LEDS)],
    [EV.REP, REPEAT],
  ]),
});

export class VirtioKeyboard extends VirtioInput {
  constructor() {
    super(description());
  }

  /** A key, by its Linux code, goes down or up. What changes nothing is not passed on. */
  key(code: number, isDown: boolean): void {
    if (this.press(code, isDown)) this.sync();
  }

  /** The state of all keys, as a USB keyboard reports it: eight bytes. Unknown keys are ignored. */
  report(bytes: Uint8Array): void {
    if (bytes.length !== REPORT.BYTES || bytes[REPORT.KEYS] === ERROR_ROLL_OVER) return;
    const codes = new Set<number>();
    for (let i = 0; i < REPORT.MODIFIERS; i++) {
      if ((((bytes[0] as number) >>> i) & 1) === 1) this.addKey(codes, FIRST_MODIFIER + i);
    }
    for (const usage of bytes.subarray(REPORT.KEYS)) this.addKey(codes, usage);
    let hasChanged = false;
    for (const code of this.pressed) {
      if (!codes.has(code)) hasChanged = this.press(code, false) || hasChanged;
    }
    for (const code of codes) hasChanged = this.press(code, true) || hasChanged;
    if (hasChanged) this.sync();
  }

  private addKey(codes: Set<number>, usage: number): void {
    const code = codesByUsage().get(usage);
    if (code !== undefined) codes.add(code);
  }
}
