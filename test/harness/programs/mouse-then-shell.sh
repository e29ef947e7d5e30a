# Takes the whole screen and all of the mouse the first time, and is a shell when it is started again.
# mouse-then-shell.sh MARKER
if [ -e "$1" ]; then exec bash --norc --noprofile; fi
touch "$1"
printf '\033[?1049h\033[?1003h\033[?1006h\033[31;44mold'
exec sleep 1000
