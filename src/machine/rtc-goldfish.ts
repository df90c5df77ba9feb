/** Goldfish real-time clock: nanoseconds since 1970, with an alarm. Android "goldfish virtual hardware", section RTC. */
import { BUS_ERROR, type Device, type InterruptLine } from './device.ts';
import type { StateValue } from './state.ts';
import { StateFields } from './state-fields.ts';

export const RTC_BYTES = 0x1000;
const REGISTER = {
  /** Reading the low word latches the high one. */
  TIME_LOW: 0x00,
  TIME_HIGH: 0x04,
  /** Writing the low word arms the alarm. */
  ALARM_LOW: 0x08,
  ALARM_HIGH: 0x0c,
  IRQ_ENABLED: 0x10,
  CLEAR_ALARM: 0x14,
  ALARM_STATUS: 0x18,
  CLEAR_INTERRUPT: 0x1c,
} as const;
const HIGH = 0x1_0000_0000;

export class RtcGoldfish implements Device {
  private readonly interrupt: InterruptLine;
  private readonly nowNs: () => number;
  /** Guest's setting of the clock, relative to nowNs(). */
  private offsetNs = 0;
  private latchedHigh = 0;
  private alarmLow = 0;
  private alarmHigh = 0;
  private isArmed = false;
  private isEnabled = false;
  private isPending = false;

  /** `nowNs` is the wall clock in nanoseconds since 1970; a double is exact to 256 ns. */
  constructor(interrupt: InterruptLine, nowNs: () => number) {
    this.interrupt = interrupt;
    this.nowNs = nowNs;
  }

  reset(): void {
    this.offsetNs = this.latchedHigh = this.alarmLow = this.alarmHigh = 0;
    this.isArmed = this.isEnabled = this.isPending = false;
    this.update();
  }

  save(): StateValue {
    const { offsetNs, latchedHigh, alarmLow, alarmHigh, isArmed, isEnabled, isPending } = this;
    return { offsetNs, latchedHigh, alarmLow, alarmHigh, isArmed, isEnabled, isPending };
  }

  /** The guest's clock keeps its distance to the host's. */
  restore(state: StateValue): void {
    const fields = new StateFields('rtc', state);
    this.offsetNs = fields.number('offsetNs');
    this.latchedHigh = fields.number('latchedHigh');
    this.alarmLow = fields.number('alarmLow');
    this.alarmHigh = fields.number('alarmHigh');
    this.isArmed = fields.boolean('isArmed');
    this.isEnabled = fields.boolean('isEnabled');
    this.isPending = fields.boolean('isPending');
    this.update();
  }

  read(offset: number, size: number): number {
    if (size !== 4) return BUS_ERROR;
    switch (offset) {
      case REGISTER.TIME_LOW: {
        const time = this.guestNs();
        this.latchedHigh = Math.floor(time / HIGH);
        return time % HIGH;
      }
      case REGISTER.TIME_HIGH:
        return this.latchedHigh;
      case REGISTER.ALARM_LOW:
        return this.alarmLow;
      case REGISTER.ALARM_HIGH:
        return this.alarmHigh;
      case REGISTER.IRQ_ENABLED:
        return this.isEnabled ? 1 : 0;
      case REGISTER.ALARM_STATUS:
        return this.isArmed ? 1 : 0;
      default:
        return 0;
    }
  }

  write(offset: number, size: number, value: number): number {
    if (size !== 4) return BUS_ERROR;
    switch (offset) {
      case REGISTER.TIME_LOW:
        this.setTime(value, Math.floor(this.guestNs() / HIGH));
        break;
      case REGISTER.TIME_HIGH:
        this.setTime(this.guestNs() % HIGH, value);
        break;
      case REGISTER.ALARM_LOW:
        this.alarmLow = value;
        this.isArmed = true;
        this.poll();
        break;
      case REGISTER.ALARM_HIGH:
        this.alarmHigh = value;
        break;
      case REGISTER.IRQ_ENABLED:
        this.isEnabled = (value & 1) === 1;
        break;
      case REGISTER.CLEAR_ALARM:
        this.isArmed = false;
        break;
      case REGISTER.CLEAR_INTERRUPT:
        this.isPending = false;
        break;
      default:
        break;
    }
    this.update();
    return 0;
  }

  /** The alarm rings once, with the interrupt enabled or not. */
  poll(): void {
    if (this.dueInNs() > 0) return;
    this.isArmed = false;
    this.isPending = true;
    this.update();
  }

  dueInNs(): number {
    return this.isArmed ? this.alarmHigh * HIGH + this.alarmLow - this.guestNs() : Infinity;
  }

  private guestNs(): number {
    return this.nowNs() + this.offsetNs;
  }

  private setTime(low: number, high: number): void {
    this.offsetNs = high * HIGH + low - this.nowNs();
    this.poll();
  }

  private update(): void {
    this.interrupt.set(this.isPending && this.isEnabled);
  }
}
