// Shows every byte it is given as JSON, one line each; writes what it is told to by its arguments first.
process.stdin.setRawMode?.(true);
process.stdout.write(process.argv.slice(2).join(' ').replaceAll('\\e', '\u001b'));
process.stdout.write('ready\r\n');
process.stdin.on('data', (data) => {
  process.stdout.write(`got ${JSON.stringify(data.toString())}\r\n`);
  if (data.toString() === 'q') process.exit(0);
});
