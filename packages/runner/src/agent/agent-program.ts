// What is said where the program of an agent is not there, or not the right one.

export type AgentProgram = {
  readonly program: string;
  /** What whoever runs Runnel names it in. */
  readonly setting: string;
  /** The oldest version that all of this was seen to work with. */
  readonly oldest?: string;
};

export function notStarted({ program, setting }: AgentProgram): string {
  return `its program \`${program}\` cannot be started. ${advice(setting)}`;
}

/** Undefined where it is new enough, and where it does not say its version. */
export function tooOld(about: AgentProgram, version: string | undefined): string | undefined {
  const { oldest } = about;
  if (oldest === undefined || version === undefined) return undefined;
  return version.localeCompare(oldest, 'en', { numeric: true }) < 0 ? isTooOld(about, `is ${version}`) : undefined;
}

/** `is`: how that was seen. */
export function isTooOld({ program, setting, oldest }: AgentProgram, is: string): string {
  return `its program \`${program}\` ${is}; ${oldest} or newer is needed. ${advice(setting)}`;
}

function advice(setting: string): string {
  return `Whoever runs Runnel must install it and name it in \`${setting}\`.`;
}
