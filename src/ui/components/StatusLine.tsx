/** The bottom line: name, figures, hint. */
import { Box, Text } from 'ink';

export function StatusLine(props: { text: string; hint: string; columns: number }) {
  const left = ` Hartix │ ${props.text}`;
  const room = Math.max(0, props.columns - props.hint.length - 1);
  const line = `${left.slice(0, room).padEnd(room)}${props.hint} `.slice(0, props.columns);
  return (
    <Box height={1}>
      <Text inverse wrap="truncate">
        {line}
      </Text>
    </Box>
  );
}
