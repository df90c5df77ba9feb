/** Environment calls of the test programs: what firmware does for a hart with the fabric. Numbers as in harts.h. */
import { MIP } from '../../../../src/isa/csr.ts';
import { CAUSE } from '../../../../src/isa/trap.ts';
import type { HartFabric } from '../../../../src/machine/fabric.ts';
import type { Hart } from '../../../../src/machine/hart.ts';
import { HART } from '../../../../src/machine/hart-layout.ts';
import type { TrapObserver } from '../../../../src/machine/hart-runner.ts';

const REMOTE_SFENCE = 1;
const REMOTE_FENCE_I = 2;
const SEND_IPI = 3;
const FAIL = 4;
const VANISH = 5;

export class TestFirmware implements TrapObserver {
  private readonly fabric: HartFabric;

  constructor(fabric: HartFabric) {
    this.fabric = fabric;
  }

  trapped({ state }: Hart, cause: number): 'taken' | 'pass' {
    if (cause !== CAUSE.ECALL_FROM_M) return 'pass';
    const register = (number: number): number => state.word(HART.X + 8 * number);
    const mask = register(10);
    switch (register(17)) {
      case REMOTE_SFENCE: {
        const [low, bytes, asid] = [register(11), register(12), register(13)];
        this.fabric.fence(mask, {
          kind: 'translation',
          ...(bytes > 0 && { range: { address: [low, state.word(HART.X + 8 * 11 + 4)], bytes } }),
          ...(asid !== 0xffff_ffff && { asid }),
        });
        break;
      }
      case REMOTE_FENCE_I:
        this.fabric.fence(mask, { kind: 'code' });
        break;
      case SEND_IPI:
        for (let hart = 0; hart < this.fabric.harts; hart++)
          if (((mask >>> hart) & 1) === 1) this.fabric.setPending(hart, MIP.SSIP, true);
        break;
      case FAIL:
        throw new Error('the test firmware was told to fail');
      case VANISH:
        // The end of this worker, past all catch clauses, as when its heap is full.
        process.exit(1);
        break;
      default:
        return 'pass';
    }
    state.setWord(HART.PC, state.word(HART.PC) + 4);
    return 'taken';
  }
}
