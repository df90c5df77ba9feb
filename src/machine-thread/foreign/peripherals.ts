/** Devices of a foreign machine that the user's program drives: balloon, keyboard, tablet. */
import { PAGE_BYTES } from '../../machine/memory.ts';
import { VirtioBalloon } from '../../machine/virtio/balloon.ts';
import { VirtioKeyboard } from '../../machine/virtio/keyboard.ts';
import type { VirtioModel } from '../../machine/virtio/mmio.ts';
import { VirtioTablet } from '../../machine/virtio/tablet.ts';
import type { PeripheralName, PeripheralRequest } from '../../protocol.ts';

export class Peripherals {
  private readonly balloon: VirtioBalloon | undefined;
  private readonly keyboard: VirtioKeyboard | undefined;
  private readonly tablet: VirtioTablet | undefined;

  constructor(names: readonly PeripheralName[]) {
    if (names.includes('balloon')) this.balloon = new VirtioBalloon();
    if (names.includes('keyboard')) this.keyboard = new VirtioKeyboard();
    if (names.includes('tablet')) this.tablet = new VirtioTablet();
  }

  get models(): VirtioModel[] {
    return [this.balloon, this.keyboard, this.tablet].filter((model) => model !== undefined);
  }

  /** What asks for a device that the machine has not is ignored: the main thread has refused it. */
  handle(request: PeripheralRequest): void {
    switch (request.type) {
      case 'balloon':
        this.balloon?.setTarget(Math.ceil(request.bytes / PAGE_BYTES));
        this.balloon?.requestStatistics();
        break;
      case 'key':
        this.keyboard?.key(request.code, request.isDown);
        break;
      case 'pointer':
        this.tablet?.move(request.x, request.y);
        break;
      case 'button':
        this.tablet?.button(request.button, request.isDown);
        break;
    }
  }

  /** Counters by name, of the devices that there are. */
  statistics(): Record<string, number> {
    const { balloon } = this;
    if (!balloon) return {};
    return {
      balloonPages: balloon.pages,
      guestFreeBytes: balloon.statistics.get('freeBytes') ?? 0,
    };
  }
}
