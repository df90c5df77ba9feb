/** Which vtype and vl can be: for state that comes from elsewhere than vsetvl (spec sections 31.3.4 and 31.6.4). */
import { VLENB } from './vector-state.ts';

const VILL_HIGH = 0x8000_0000;
const FIELDS = 0xff;
const RESERVED_LMUL = -4;
const ELEN_CODE = 3;

export interface VectorConfiguration {
  /** Low and high word. */
  readonly vtype: readonly [number, number];
  readonly vl: number;
}

/** The 64-bit values at two indices of `words` as vsetvl would leave them: vill and vl 0 where vtype is not supported. */
export function legalConfiguration(
  words: Uint32Array,
  vtypeAt: number,
  vlAt: number,
): VectorConfiguration {
  const vtype = words[vtypeAt] as number;
  const lmul = ((vtype & 7) ^ 4) - 4;
  const sew = (vtype >>> 3) & 7;
  const isLegal =
    words[vtypeAt + 1] === 0 &&
    (vtype & ~FIELDS) === 0 &&
    lmul !== RESERVED_LMUL &&
    sew <= ELEN_CODE + Math.min(0, lmul);
  if (!isLegal) return { vtype: [0, VILL_HIGH], vl: 0 };
  const vlmax = (VLENB >>> sew) * 2 ** lmul;
  const isBeyond = words[vlAt + 1] !== 0 || (words[vlAt] as number) > vlmax;
  return { vtype: [vtype, 0], vl: isBeyond ? vlmax : (words[vlAt] as number) };
}
