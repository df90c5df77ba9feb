/** A pointer that knows its place on the screen, as a virtio input device: absolute axes, buttons, a wheel. */
import { EV, type InputDescription, VirtioInput } from './input.ts';

/** Codes of Linux, input-event-codes.h. */
const BUTTONS = { LEFT: 0x110, RIGHT: 0x111, MIDDLE: 0x112 } as const;
const WHEEL = 8;
const AXIS = { X: 0, Y: 1 } as const;
/** The far edge of the screen. */
const LAST = 32767;

const DESCRIPTION: InputDescription = {
  name: 'Hartix virtio tablet',
  serial: '',
  product: 2,
  codes: new Map([
    [EV.KEY, Object.values(BUTTONS)],
    [EV.REL, [WHEEL]],
    [EV.ABS, Object.values(AXIS)],
  ]),
  axes: new Map(Object.values(AXIS).map((axis) => [axis, LAST])),
};

export class VirtioTablet extends VirtioInput {
  constructor() {
    super(DESCRIPTION);
  }

  /** `x` and `y`: 0 to 1, from the left and upper edge. */
  move(x: number, y: number): void {
    this.emit(EV.ABS, AXIS.X, Math.round(x * LAST));
    this.emit(EV.ABS, AXIS.Y, Math.round(y * LAST));
    this.sync();
  }

  button(button: keyof typeof BUTTONS, isDown: boolean): void {
    if (this.press(BUTTONS[button], isDown)) this.sync();
  }

  /** Notches, away from the user. */
  wheel(notches: number): void {
    this.emit(EV.REL, WHEEL, notches);
    this.sync();
  }
}
