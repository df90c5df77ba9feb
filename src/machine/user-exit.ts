/** What a run of user mode under a platform leaves to its kernel: the rest is served here, wherever the hart runs. */
import { type Engine, Exit } from './engine.ts';
import type { Hart } from './hart.ts';
import { HART } from './hart-layout.ts';

/** TRAP: the kernel's. BUDGET: the slice's end, or attention. SYSTEM: it was served, the hart goes on. */
export type UserExit = typeof Exit.TRAP | typeof Exit.BUDGET | typeof Exit.SYSTEM;

/** `exit`: how the run of this hart ended. */
export function serveUserExit(exit: Exit, hart: Hart, engine: Engine): UserExit {
  switch (exit) {
    case Exit.TRAP:
      return hart.retryAsFloat(hart.state.word(HART.CAUSE)) ? Exit.SYSTEM : Exit.TRAP;
    case Exit.BUDGET:
      return Exit.BUDGET;
    case Exit.FENCE_I:
      engine.invalidateAll();
      return Exit.SYSTEM;
    // A csr instruction on fcsr, or nothing that matters in user mode.
    case Exit.SYSTEM:
    case Exit.WFI:
      return Exit.SYSTEM;
  }
}
