// Prints coloured log lines at a steady rate: `node steady.mjs BYTES_PER_SECOND`. Ends with its standard output.
const rate = Number(process.argv[2]);
const EVERY = 20;
let line = 0;
process.stdout.on('error', () => process.exit());
const lineOf = (n) =>
  `\u001b[3${n % 8}m[${String(n).padStart(8, '0')}]\u001b[0m step \u001b[1m${n % 97}\u001b[0m compiled without a warning in ${n % 400} ms\r\n`;
let owed = 0;
setInterval(() => {
  owed += (rate * EVERY) / 1000;
  let text = '';
  while (text.length < owed) {
    line += 1;
    text += lineOf(line);
  }
  owed -= text.length;
  process.stdout.write(text);
}, EVERY);
