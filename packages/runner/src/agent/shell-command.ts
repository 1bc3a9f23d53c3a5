// What bash is told for one turn. The person's text reaches it as data over file descriptor 3: never quoted by us,
// never in an argument list, where `ps` would show it and `pkill -f` would find it.

/** All bytes but NUL are allowed in `cwd` and in the `NAME=value` of `variables`; `text` must hold no NUL. */
export type ShellCommand = {
  readonly text: string;
  readonly cwd: Buffer;
  readonly variables: readonly Buffer[];
  /** Where bash leaves its folder and its exported variables: see `parseShellMemory`. */
  readonly keptFile: string;
};

/** Arguments of bash, and what it reads from file descriptor 3. */
export function tellShell(command: ShellCommand): { args: string[]; input: Buffer } {
  // Only these two words can leave the exit trap unrun, and a look before each command is not free.
  const evades = /\b(exec|trap)\b/.test(command.text);
  // All on one line, so that bash counts the lines of an error from the person's first one.
  const script = `IFS= read -r -d "" -u 3 __runnel; eval "$__runnel"; eval "$__runnel_text"${evades ? '; __runnel_end $?' : ''}`;
  const fields = [
    Buffer.from(evades ? `${PREPARE}${WATCH}` : PREPARE),
    Buffer.from(command.keptFile),
    command.cwd,
    ...command.variables,
    Buffer.alloc(0),
    Buffer.from(command.text),
  ];
  return {
    args: ['--noprofile', '--norc', '-c', script, 'bash'],
    input: Buffer.concat(fields.flatMap((field) => [field, NUL])),
  };
}

const NUL = Buffer.alloc(1);

// Bytes are read in the C locale: in UTF-8 a cut character would swallow the NUL behind it. What is kept is written in
// a subshell, where the person's `set -eux`, IFS and functions of other names change nothing. Runs on bash 3.2 too.
const PREPARE = `
IFS= LC_ALL=C builtin read -r -d '' -u 3 __runnel_kept
IFS= LC_ALL=C builtin read -r -d '' -u 3 __runnel_cwd
builtin cd -- "$__runnel_cwd"
while IFS= LC_ALL=C builtin read -r -d '' -u 3 __runnel_pair && [[ -n $__runnel_pair ]]; do
  builtin export "$__runnel_pair"
done
IFS= LC_ALL=C builtin read -r -d '' -u 3 __runnel_text
exec 3<&-
builtin unset OLDPWD __runnel __runnel_cwd __runnel_pair
__runnel_keep() {
  (
    builtin cd -P . || builtin :
    builtin printf '%s\\0' "$PWD"
    builtin compgen -e | while IFS= builtin read -r __runnel_name; do
      [[ -z \${!__runnel_name+x} ]] || builtin printf '%s=%s\\0' "$__runnel_name" "\${!__runnel_name}"
    done
    builtin printf '\\0'
  ) 2>/dev/null >| "$__runnel_kept"
}
builtin trap '{ builtin set +x; } 2>/dev/null; __runnel_keep' EXIT
`;

// For a text that replaces the shell or the exit trap: keep right before that, and at the end once more.
const WATCH = `
builtin trap 'case $BASH_COMMAND in exec*|exit*) __runnel_keep ;; esac' DEBUG
__runnel_end() { __runnel_keep; builtin exit "$1"; }
`;
