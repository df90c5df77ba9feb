/** The system of a console that is drawn: from the shipped snapshot, at its prompt, where the options are those that it was made with; else booted. */
import { OptionError } from '../api/errors.ts';
import { PROMPT, SHIPPED_SNAPSHOT } from '../api/prompt-snapshot.ts';
import { boot, type System, type WindowSize } from '../api/system.ts';
import type { Arguments } from './arguments.ts';
import { bootOptions } from './boot-options.ts';
import { beginsAtPrompt } from './console-start.ts';
import { shareZone } from './host-zone.ts';

/** TERM of the guest: the screen is xterm's whatever the host's is. */
const SCREEN = PROMPT.env;

async function atPrompt(args: Arguments, windowSize: WindowSize): Promise<System> {
  const system = await boot({ ...bootOptions(args, SCREEN), snapshot: SHIPPED_SNAPSHOT });
  const { rows, columns } = PROMPT.windowSize;
  if (windowSize.rows !== rows || windowSize.columns !== columns) system.resizeConsole(windowSize);
  return system;
}

async function booted(args: Arguments, windowSize: WindowSize): Promise<System> {
  return boot({ ...bootOptions(args, SCREEN), console: true, windowSize });
}

/** Throws UsageError, OptionError. */
export async function bootConsole(args: Arguments, windowSize: WindowSize): Promise<System> {
  const system = beginsAtPrompt(args.names)
    ? // One that cannot be used, as after an edit of dist, is as none.
      await atPrompt(args, windowSize).catch((error) => {
        if (error instanceof OptionError) return booted(args, windowSize);
        throw error;
      })
    : await booted(args, windowSize);
  if (args.value('rootfs') === undefined) shareZone(system);
  return system;
}
