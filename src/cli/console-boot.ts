/** The system of a console that is drawn: from the shipped snapshot, at its prompt, where the options are those that it was made with; else booted. */
import { OptionError } from '../api/errors.ts';
import { PROMPT, SHIPPED_SNAPSHOT } from '../api/prompt-snapshot.ts';
import { boot, type System, type WindowSize } from '../api/system.ts';
import type { Arguments } from './arguments.ts';
import { bootOptions } from './boot-options.ts';
import { beginsAtPrompt } from './console-start.ts';
import { isSharedByFile, shareZone } from './host-zone.ts';

async function atPrompt(args: Arguments, windowSize: WindowSize): Promise<System> {
  const { env, mounts, disks, ...options } = bootOptions(args);
  const system = await boot({ ...options, snapshot: SHIPPED_SNAPSHOT });
  const { rows, columns } = PROMPT.windowSize;
  if (windowSize.rows !== rows || windowSize.columns !== columns) system.resizeConsole(windowSize);
  return system;
}

async function booted(args: Arguments, windowSize: WindowSize): Promise<System> {
  const { LANG, ...screen } = PROMPT.env;
  const options = bootOptions(args, isOwn(args) ? PROMPT.env : screen);
  return boot({ ...options, console: true, windowSize });
}

/** Whether the root is Hartix's. */
function isOwn(args: Arguments): boolean {
  return args.value('rootfs') === undefined;
}

/** Throws UsageError, OptionError. */
export async function bootConsole(args: Arguments, windowSize: WindowSize): Promise<System> {
  const system =
    beginsAtPrompt(args.names) && isSharedByFile()
      ? // One that cannot be used, as after an edit of dist, is as none.
        await atPrompt(args, windowSize).catch((error) => {
          if (error instanceof OptionError) return booted(args, windowSize);
          throw error;
        })
      : await booted(args, windowSize);
  if (isOwn(args)) shareZone(system);
  return system;
}
