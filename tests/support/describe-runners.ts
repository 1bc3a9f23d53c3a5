// Runners as operators read them, for the errors of tests. Bounded, so that it can be read.
import { diagnosticsSchema, formatDiagnostics } from '@runnel/cli';

/** Of each container. */
const LINES = 8;
const LONGEST_LINE = 300;
const MOST_RUNNERS = 10;
const LONGEST = 20_000;

type Diagnosed = ReturnType<typeof diagnosticsSchema.parse>;
type Pod = NonNullable<Diagnosed['pod']>;

/** `found` is what a launcher tells of each. */
export function describeRunners(found: readonly unknown[]): string {
  const runners = found.map((one) => diagnosticsSchema.parse(one)).filter(isOfInterest);
  const left = runners.length > MOST_RUNNERS ? [`... and ${runners.length - MOST_RUNNERS} runners more`] : [];
  const texts = runners.slice(0, MOST_RUNNERS).map((one) => formatDiagnostics(shortened(one)));
  const text = texts.length === 0 ? 'Nobody has a runner, or waits for one.' : [...texts, ...left].join('\n');
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}\n... cut` : text;
}

/** Whoever sleeps, as all should in the end, is left out. */
function isOfInterest({ lease, backlog, pod, ended, unknown }: Diagnosed): boolean {
  const isAsleep = lease?.state === 'idle' && backlog?.entries === 0 && pod?.phase !== 'running';
  const isWell = [pod, ended].every((one) => one === undefined || one.phase === 'succeeded');
  return !(isAsleep && isWell) || Object.keys(unknown).length > 0;
}

function shortened({ pod, ended, ...runner }: Diagnosed): Diagnosed {
  const short = ({ containers, ...rest }: Pod): Pod => ({
    ...rest,
    containers: containers.map((container) => ({
      ...container,
      logLines: container.logLines.slice(-LINES).map((line) => line.slice(0, LONGEST_LINE)),
    })),
  });
  return {
    ...runner,
    ...(pod === undefined ? {} : { pod: short(pod) }),
    ...(ended === undefined ? {} : { ended: short(ended) }),
  };
}
