/** Free frames at which reclaim begins and ends. Linux: setup_per_zone_wmarks of mm/page_alloc.c, of the one zone that is here. */
import { PAGE_SIZE } from '../../fs/page-frames.ts';

const KB_PER_PAGE = PAGE_SIZE / 1024;
/** Bounds of min_free_kbytes where nobody has set it. */
const LEAST_KB = 128;
const MOST_KB = 262_144;
/** watermark_scale_factor is in parts of this. */
const SCALE = 10_000;

export class Watermarks {
  /** vm.min_free_kbytes. */
  minFreeKilobytes: number;
  /** vm.watermark_scale_factor. */
  scaleFactor = 10;
  private readonly total: number;

  /** `total` frames. */
  constructor(total: number) {
    this.total = total;
    const root = Math.floor(Math.sqrt(total * KB_PER_PAGE * 16));
    this.minFreeKilobytes = Math.min(MOST_KB, Math.max(LEAST_KB, root));
  }

  /** What is kept for those who make room: who needs frames below it reclaims. */
  get min(): number {
    return Math.min(this.total, Math.floor(this.minFreeKilobytes / KB_PER_PAGE));
  }

  /** kswapd is woken. */
  get low(): number {
    return this.min + this.distance;
  }

  /** It sleeps again. */
  get high(): number {
    return this.low + this.distance;
  }

  private get distance(): number {
    return Math.max(Math.floor(this.min / 4), Math.floor((this.total * this.scaleFactor) / SCALE));
  }
}
