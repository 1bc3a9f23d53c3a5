// A program with a screen that plays one part, named by its first argument.
import { createInterface } from 'node:readline';

const [part = ''] = process.argv.slice(2);
const { stdin, stdout } = process;

const parts: Readonly<Record<string, () => void>> = {
  /** Says back each line as it came in. */
  lines: () => {
    const ask = (): boolean => stdout.write('ready> ');
    createInterface({ input: stdin, terminal: false }).on('line', (line) => {
      stdout.write(`${JSON.stringify(line)}\n`);
      ask();
    });
    ask();
  },
  /** Takes each key by itself, shows none of them, and says what came before each Enter. */
  keys: () => {
    let typed = '';
    stdin.setRawMode(true).setEncoding('utf8');
    stdin.on('data', (keys) => {
      for (const key of String(keys)) {
        if (key !== '\r') typed += key;
        else {
          stdout.write(`\r\n${JSON.stringify(typed.length > 100 ? typed.length : typed)}\r\nready> `);
          typed = '';
        }
      }
    });
    stdout.write('ready> ');
  },
  /** Has the whole screen to itself, with a line at its bottom that says what it does; asks for its text in brackets. */
  screen: () => {
    let typed = '';
    const draw = (above: string, below: string): void => {
      stdout.write(`\u001b[2J\u001b[3;4H\u001b[31m${above}\u001b[0m\u001b[38;1H[${below}]`);
    };
    stdin.setRawMode(true).setEncoding('utf8');
    stdout.write('\u001b[?1049h\u001b[?2004h');
    draw('Welcome.', 'waiting');
    stdin.on('data', (keys) => {
      typed += String(keys);
      if (!typed.endsWith('\r')) return;
      const text = typed.slice(0, -1);
      typed = '';
      draw('', 'working');
      setTimeout(() => draw(`You typed ${JSON.stringify(text)}`, 'waiting'), 300);
    });
  },
  /** Hears no signal, and has a child in a session of its own that hears none either. */
  deaf: () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
    createInterface({ input: stdin, terminal: false }).on('line', () => {
      void import('node:child_process').then(({ spawn }) => {
        const stubborn = `trap '' INT TERM HUP; while :; do sleep 1; done`;
        spawn('sh', ['-c', stubborn], { detached: true, stdio: 'ignore' }).once('spawn', () => stdout.write('begun\n'));
      });
    });
    stdout.write('ready> ');
  },
};

parts[part]?.();
