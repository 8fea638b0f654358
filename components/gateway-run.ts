import { passOn, paths, runtimeApi } from "./gateway-configuration";

/** Longest time for the requests under way when the gateway itself is stopped, in seconds. */
const grace = 5;

/**
 * The gateway's main process: HAProxy's master, told what Docker's signals mean here. HAProxy's own soft stop waits for idle
 * kept connections as well, minutes in which nobody is served; this one takes no new connections, waits for the
 * requests that are under way, and ends. Needs sh, awk and nc.
 */
export const runScript = `#!/bin/sh
# usage: run WORDS OF HAPROXY
ask() { printf '%s\\n' "$1" | nc ${runtimeApi.replace(":", " ")}; }
stop() {
  trap '' TERM
  for name in $(ask "show stat -1 1 -1" | awk -F, '$2 == "FRONTEND" { print $1 }'); do ask "disable frontend $name" >/dev/null; done
  end=$(($(date +%s) + ${grace}))
  until [ "$(date +%s)" -ge $end ] || [ "$(ask "show stat -1 2 -1" | awk -F, '$2 == "BACKEND" { n += $5 } END { print n + 0 }')" = 0 ]; do
    sleep 0.1
  done
  kill -TERM $master
}

reload() {
  kill -USR2 $master
  for pause in 0.3 0.3 0.4 1 2 4; do
    sleep $pause
    pass_on
  done >/dev/null 2>&1 </dev/null &
}
pass_on() {
${passOn}
}

# Where the servers were when the last reload was made says nothing after a restart.
rm -f ${paths.state}
haproxy "$@" &
master=$!
trap stop TERM
trap reload USR2
# A signal ends the wait, not HAProxy.
while kill -0 $master 2>/dev/null; do
  wait $master
  code=$?
done
exit $code
`;
