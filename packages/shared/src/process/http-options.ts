// Where a process listens for operators and probes.
import { option } from './option.ts';

/** `what` is served there, beside the probes. */
export function httpOptions(what: string) {
  return {
    httpHost: option.text({
      env: 'HTTP_HOST',
      description: `Address that /healthz, /readyz and ${what} listen on.`,
      example: '0.0.0.0',
      fallback: '127.0.0.1',
    }),
    httpPort: option.integer(
      { min: 0, max: 65_535 },
      { env: 'HTTP_PORT', description: 'Port of them; 0 takes any free one.', example: '8080', fallback: '8080' },
    ),
  };
}
