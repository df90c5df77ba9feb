/** What is typed at Ink's terminal, as it came: Ink's own hook names keys, and loses what it has no name for. */
import { useStdin } from 'ink';
import { useEffect, useEffectEvent } from 'react';

/** One key: an escape sequence (ECMA-48, 5.4) or a character. */
const KEY = /\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])|[\s\S]/gu;

/** `onKeys` gets the keys of one read, in order. Nothing is listened to while `isActive` is false, or without a terminal. */
export function useKeys(isActive: boolean, onKeys: (keys: string[]) => void): void {
  const { stdin, isRawModeSupported, setRawMode } = useStdin();
  const take = useEffectEvent((data: string | Uint8Array) => {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
    onKeys(text.match(KEY) ?? []);
  });
  useEffect(() => {
    if (!isActive || !isRawModeSupported) return;
    setRawMode(true);
    // Ink reads: whoever listens as well gets what it has read.
    const listener = (data: string | Uint8Array): void => take(data);
    stdin.on('data', listener);
    return () => {
      stdin.off('data', listener);
      setRawMode(false);
    };
  }, [isActive, isRawModeSupported, setRawMode, stdin]);
}
