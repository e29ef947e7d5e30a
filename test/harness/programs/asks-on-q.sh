# At each q, asks the terminal what it is, where the cursor is, and for its clipboard, title and colours. Then prints what came
# until two seconds went by without a key, quoted: told $'…'.
stty -echo -icanon min 0 time 20
while :; do
  IFS= read -r -n1 key
  [ "$key" = q ] || continue
  printf 'asked\033[c\033[6n\033]52;c;?\a\033[21t\033P$qm\033\\'
  told=''
  while IFS= read -r -n1 -t 2 character; do told="$told$character"; done
  printf 'told %q.\r\n' "$told"
done
