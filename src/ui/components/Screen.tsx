/** The guest's screen: one Text per line, and the host's own cursor where the guest's is. */
import { Box, Text, useCursor } from 'ink';

export function Screen(props: {
  lines: readonly string[];
  cursor: { x: number; y: number } | undefined;
}) {
  const { setCursorPosition } = useCursor();
  setCursorPosition(props.cursor);
  return (
    <Box flexDirection="column" height={props.lines.length}>
      {props.lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines are positions on the screen, they have no identity
        <Text key={index} wrap="truncate">
          {line}
        </Text>
      ))}
    </Box>
  );
}
