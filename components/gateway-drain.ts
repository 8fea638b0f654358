import { masterApi, passOn, runtimeApi } from "./gateway-configuration";

/**
 * Takes one container out of the proxy; executed inside the gateway before a container of a route is stopped, with
 * SLIPWAY_ADDRESSES and, where another runs in its place, SLIPWAY_SUCCESSOR_ADDRESSES. It fails when the successor is not
 * seen healthy on the routed port: the swap is then taken back, and the script runs once more with the two exchanged.
 * Workers that an earlier reload left are made to pass on what comes, and waited for as well. Needs sh, awk and nc.
 */
export const drainScript = `#!/bin/sh
# usage: drain BACKEND SECONDS
backend=$1
seconds=$2
mine=\${SLIPWAY_ADDRESSES:-}
theirs=\${SLIPWAY_SUCCESSOR_ADDRESSES:-}
folder=\${0%/*}

# ask WORKER COMMAND: "" is the worker that takes new connections, a process id is one that finishes what it has.
ask() {
  if [ -z "$1" ]; then printf '%s\\n' "$2" | nc ${spaced(runtimeApi)}
  else printf '@!%s %s\\n' "$1" "$2" | nc ${spaced(masterApi)}; fi
}
finishing() { printf 'show proc\\n' | nc ${spaced(masterApi)} | awk '/^#/ { old = /old workers/; next } old { print $1 }'; }
# Names of a worker's servers of which an awk condition holds; a is the address, mine and theirs are the lists of addresses.
# The fields are those of "show servers state" (HAProxy management guide).
servers() {
  ask "$1" "show servers state $backend" | awk -v mine=" $mine " -v theirs=" $theirs " -v asked="\${asked:- }" \\
    'NF > 5 && $1 ~ /^[0-9]+$/ { a = " " $5 " "; if ('"$2"') print $4 }'
}
begin() { end=$(($(date +%s) + seconds)); }
late() { [ "$(date +%s)" -ge "$end" ]; }
sessions() { ask "$1" "show stat $backend 4 -1" | awk -F, -v name="$2" '$2 == name { print $5 }'; }
finish() { until late || case $(sessions "$1" "$2") in "" | 0) true ;; *) false ;; esac; do sleep 0.2; done; }

# One that was begun to drain whom this one finds in charge again must not go on.
for address in $theirs; do
  file=$folder/draining-$backend-$address
  [ -f "$file" ] && kill "$(cat "$file")" 2>/dev/null && rm -f "$file"
done
for address in $mine; do echo $$ > "$folder/draining-$backend-$address"; done
trap 'for address in $mine; do rm -f "$folder/draining-$backend-$address"; done' EXIT

# A slot that was drained must take traffic again: for whom it is given to next, and for one that stays after all.
for name in $(servers "" '$5 == "-" || index(theirs, a)'); do ask "" "set server $backend/$name state ready" >/dev/null; done

if [ -n "$theirs" ]; then
  begin
  asked=" "
  # A slot keeps the result of the container before, or takes traffic unchecked (HAProxy before 3.1): for one that has just come
  # only a check from now on counts, unless nobody else serves.
  until [ -n "$(servers "" 'index(theirs, a) && $6 == 2 && $7 == 0 && ($12 == 3 && $10 >= 5 || index(asked, " " $4 " "))')" ]; do
    for name in $(servers "" 'index(theirs, a)'); do
      case $asked in *" $name "*) continue ;; esac
      [ -n "$(servers "" '!index(theirs, a) && $6 == 2 && $7 == 0')" ] && ask "" "set server $backend/$name health down" >/dev/null
      asked="$asked$name "
    done
    if late; then
      echo "the gateway does not see the new container healthy on the routed port" >&2
      exit 1
    fi
    sleep 0.2
  done
else
  # The others have to serve, where there are any: one that has just come may not have been seen yet.
  end=$(($(date +%s) + 5))
  until late || [ -z "$(servers "" '$5 != "-" && $7 == 0 && !index(mine, a)')" ] \\
    || [ -n "$(servers "" '$6 == 2 && $7 == 0 && !index(mine, a)')" ]; do sleep 0.2; done
fi

${passOn}
leaving=$(servers "" 'index(mine, a)')
for name in $leaving; do
  ask "" "set server $backend/$name state drain" >/dev/null
  # The slot is free again when the container has gone; until this is said, nobody who is given it gets a request.
  (
    tries=0
    while [ $tries -lt 12000 ] && [ -n "$(servers "" 'index(mine, a)' | grep -x "$name")" ]; do tries=$((tries + 1)); sleep 0.3; done
    ask "" "set server $backend/$name state ready"
  ) </dev/null >/dev/null 2>&1 &
done

begin
for name in $leaving; do finish "" "$name"; done
for worker in $(finishing); do
  for name in $(servers "$worker" 'index(mine, a)'); do finish "$worker" "$name"; done
done
exit 0
`;

function spaced(address: string): string {
  return address.replace(":", " ");
}
